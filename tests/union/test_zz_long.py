# more games with other seeds, and what they reached
import os, sys
from collections import Counter
from hypothesis import settings, seed
from hypothesis.stateful import run_state_machine_as_test
from tests.union.machine import few, play
from tests.union import test_cases_stateful as t
C=Counter(); S=Counter()
async def test_long(database):
    def game(house):
        class M(t.Cases):
            pass
        M.house=house
        def teardown(self):
            async def count():
                import sqlalchemy as sa
                from storage.models import CaseEvent, Case
                async with house.database.begin() as s:
                    for a, in await s.execute(sa.select(CaseEvent.action)): C[a]+=1
                    for a, in await s.execute(sa.select(Case.status)): S[a]+=1
            house.run(count())
        M.teardown=teardown
        try:
            run_state_machine_as_test(M, settings=settings(few(int(os.environ.get("N","40")), int(os.environ.get("K","30"))), derandomize=False))
        finally:
            print(C); print(S)
    await play(database, game)
