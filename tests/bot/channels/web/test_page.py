"""The page in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from handlers.conversation import Button, Kind, Reply
from storage.types import PersonId
from tests.bot.channels.web.conftest import Served
from tests.bot.channels.web.house import House
from union import emphasis

expect.set_options(timeout=30_000)  # on a busy machine a page is slow, which is no mistake of it

MENU = (("法律咨询", "我要维权"), ("我的诉求", "会员服务"), ("附近站点", "更多"))

ANSWER = Reply(
    title="被辞退，多数情况下应当有补偿",
    text="依据《劳动合同法》第四十七条。\n原文：https://flk.npc.gov.cn/a?b=1，也可以拨打 12333。\n补偿 12345 元。<b>不是标记</b>",
    buttons=((Button(label="算一算", choice="calc"), Button(label="我要维权", choice="dispute")),),
)

SMALL_TARGETS = """() => [...document.querySelectorAll('button, .row a, .call, select, textarea')]
  .filter(node => node.offsetParent)
  .map(node => [node.id || node.textContent, node.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""

UNNAMED = """() => [...document.querySelectorAll('button, a, select, textarea, input, [role]')]
  .filter(node => !(node.getAttribute('aria-label') || node.textContent.trim() || (node.labels && node.labels.length)
    || node.querySelector('img[alt]') || ['status', 'alert'].includes(node.getAttribute('role'))))
  .map(node => node.outerHTML.slice(0, 80))"""

# WCAG's contrast of every text on the ground it stands on.
LOW_CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.offsetParent || node.closest('.quiet, noscript')) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) bad.push(`${walker.currentNode.data.trim()} ${contrast.toFixed(2)}`);
  }
  return bad;
}"""


@asynccontextmanager
async def opened(browser: Browser, served: Served, path: str = "/", width: int = 390, **options: Any) -> AsyncIterator[Page]:
    """The page, open and connected. A script error, or a request to anywhere else, fails the test."""
    context = await browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", reduced_motion="reduce", **options)
    page = await context.new_page()
    errors: list[str] = []
    outside: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("request", lambda request: None if request.url.startswith((served.url, "data:")) else outside.append(request.url))
    try:
        await page.goto(served.url + path)
        await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
        yield page
        assert (errors, outside) == ([], [])
    finally:
        await context.close()


async def test_the_page_is_light_and_asks_nobody_else(browser: Browser, served: Served) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    sizes: dict[str, int] = {}
    hosts: set[str] = set()

    async def weigh(response: Any) -> None:
        if "/chat/events" not in response.url:
            sizes[urlsplit(response.url).path] = len(await response.body())

    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc) if request.url.startswith("http") else None)
    page.on("response", weigh)
    await page.goto(served.url)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
    assert hosts == {urlsplit(served.url).netloc}
    assert len(sizes) >= 6
    assert sum(sizes.values()) < 60_000
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_at_320_pixels_everything_fits_can_be_touched_and_read(browser: Browser, served: Served, house: House, scheme: str) -> None:
    async with opened(browser, served, width=320, color_scheme=scheme) as page:
        address = house.starts[-1].address
        await house.say(address, Reply(text="您好", menu=MENU))
        await house.say(address, ANSWER)
        await house.say(address, "长" * 50 + "https://example.org/" + "a" * 120)
        await page.fill("#say", "老板拖欠工资")
        await page.click("#send")
        await expect(page.locator(".own .mark")).to_contain_text("已送达")
        await expect(page.locator(".house")).to_have_count(3)
        assert await page.evaluate("document.documentElement.scrollWidth") == 320
        assert await page.evaluate("document.getElementById('log').scrollWidth") <= 320
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(UNNAMED) == []
        assert await page.evaluate(LOW_CONTRAST) == []
        assert await page.evaluate("getComputedStyle(document.getElementById('say')).fontSize") == "17px"


async def test_the_page_tells_assistive_technology_what_is_what(browser: Browser, served: Served) -> None:
    async with opened(browser, served) as page:
        assert await page.get_attribute("html", "lang") == "zh-CN"
        assert await page.title() == "工会服务 · 北京"
        for role, name in (("banner", None), ("main", None), ("contentinfo", None), ("log", "对话记录"), ("heading", "工会服务 · 北京")):
            await expect(page.get_by_role(role, name=name)).to_have_count(1)  # type: ignore[arg-type]
        await expect(page.get_by_role("textbox", name="输入消息")).to_be_visible()
        await expect(page.get_by_role("button", name="发送", exact=True)).to_be_visible()
        await expect(page.locator("#log")).to_have_attribute("aria-live", "polite")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "say"


async def test_what_people_wrote_is_text_and_only_addresses_and_numbers_are_links(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        await house.say(house.starts[-1].address, ANSWER)
        bubble = page.locator(".house .bubble")
        await expect(bubble).to_contain_text("<b>不是标记</b>")
        links = await bubble.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert links == ["https://flk.npc.gov.cn/a?b=1", "tel:12333"]
        assert await bubble.locator("a").first.get_attribute("rel") == "noopener noreferrer"


async def test_a_notice_is_bold_where_its_author_marked_it_also_in_a_link_and_nothing_else_is(
    browser: Browser, served: Served, house: House
) -> None:
    read = emphasis.read("😀请带**身份证**，<b>不是标记</b>\n- 看 https://example.org/**a** 或拨 12333，补 **12345** 元")
    async with opened(browser, served) as page:
        address = house.starts[-1].address
        await house.say(address, Reply(title="体检", text=read.text, bold=read.bold))
        await house.say(address, "**别人写的**")
        notice, other = page.locator(".house .text").nth(0), page.locator(".house .text").nth(1)
        await expect(other).to_have_text("**别人写的**")
        assert await notice.inner_text() == "😀请带身份证，<b>不是标记</b>\n· 看 https://example.org/a 或拨 12333，补 12345 元"
        assert await notice.locator("strong").all_inner_texts() == ["身份证", "a", "12345"]
        assert await notice.locator("b").count() == 0
        links = await notice.locator("a").evaluate_all("all => all.map(a => [a.getAttribute('href'), a.textContent])")
        assert links == [["https://example.org/a", "https://example.org/a"], ["tel:12333", "12333"]]
        assert await other.locator("strong").count() == 0
        await page.reload()
        await expect(notice.locator("strong")).to_have_count(3)


async def test_buttons_and_menu_work_by_keyboard_and_keep_the_focus(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        address = house.starts[-1].address
        await house.say(address, Reply(text="您好", menu=MENU))
        asked = await house.say(address, ANSWER)
        button = page.get_by_role("button", name="算一算")
        await button.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator(".own .bubble")).to_contain_text("算一算")
        await expect(page.locator(".own .mark")).to_contain_text("已送达")
        await expect(button).to_be_focused()
        assert [(h.kind, h.text, h.message_ref) for h in house.heard] == [(Kind.CHOICE, "calc", asked.message_ref)]
        await page.get_by_role("button", name="法律咨询").focus()
        await page.keyboard.press("Space")
        await expect(page.locator(".own .mark")).to_have_text(["✓ 已送达"] * 2)
        await expect(page.get_by_role("button", name="法律咨询")).to_be_focused()
        assert (house.heard[-1].kind, house.heard[-1].text) == (Kind.TEXT, "法律咨询")
        await page.get_by_role("button", name="常用服务").press("Enter")
        await expect(page.locator("#menu")).to_be_hidden()
        await page.reload()
        await expect(page.get_by_role("button", name="常用服务")).to_have_attribute("aria-expanded", "false")
        await house.say(address, Reply(text="收起", menu=()))
        await expect(page.get_by_role("button", name="常用服务")).to_be_hidden()


async def test_enter_sends_shift_enter_breaks_the_line_and_composing_does_neither(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        say = page.locator("#say")
        await say.fill("第一行")
        await say.press("Shift+Enter")
        await say.press_sequentially("第二行")
        await say.evaluate("node => node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))")
        await expect(say).to_have_value("第一行\n第二行")
        await say.press("Enter")
        await expect(page.locator(".own .mark")).to_contain_text("已送达")
        await expect(say).to_have_value("")
        assert [heard.text for heard in house.heard] == ["第一行\n第二行"]
        await say.fill("字" * 4097)
        await expect(page.locator("#count")).to_contain_text("4097 / 4096")
        await say.press("Enter")
        await expect(say).to_have_value("字" * 4097)


async def test_marks_times_edits_and_receipts_are_on_the_screen(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        address = house.starts[-1].address
        first = await house.say(address, "第一步", outbox_id=501)
        await expect(page.locator(".house .text")).to_have_text("第一步")
        await expect(page.locator(".house time")).to_have_text("10:00")
        await expect(page.locator(".day")).to_have_text("11月18日周三")
        await page.fill("#say", "好")
        await page.click("#send")
        await expect(page.locator(".own .mark")).to_have_text("✓ 已送达")
        await house.door.handled(address, house.heard[0].event_id)
        await expect(page.locator(".own .mark")).to_have_text("✓✓ 已读")
        await house.say(address, "第二步", edit=first.message_ref, outbox_id=502)
        await expect(page.locator(".house .text")).to_have_text("第二步")
        async with page.expect_response("**/chat/receipts"):
            await house.say(address, "完", outbox_id=503)
        assert sorted(number for numbers in house.reached for number in numbers) == [501, 502, 503]


async def test_after_a_break_the_page_comes_back_shows_what_it_missed_and_sends_what_was_written(
    browser: Browser, served: Served, house: House
) -> None:
    async with opened(browser, served) as page:
        address = house.starts[-1].address
        await served.off()
        await expect(page.get_by_role("status")).to_have_text("正在重新连接…")
        await page.fill("#say", "断线时写的")
        await page.press("#say", "Enter")
        await expect(page.locator(".own .mark")).to_have_text("发送中…")
        await house.say(address, "断线时来的")
        await served.on()
        await expect(page.locator(".house .text")).to_have_text("断线时来的", timeout=60_000)
        await expect(page.locator(".own .mark")).to_have_text("✓ 已送达", timeout=60_000)
        await expect(page.get_by_role("status")).to_have_text("")
        assert [heard.text for heard in house.heard] == ["断线时写的"]


async def test_what_was_not_sent_survives_closing_the_page(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        await page.route("**/chat/messages", lambda route: route.abort())
        await page.fill("#say", "还没发出")
        await page.press("#say", "Enter")
        await expect(page.locator(".own .mark")).to_have_text("发送中…")
        await page.unroute("**/chat/messages")
        await page.reload()
        await expect(page.locator(".own .mark")).to_have_text("✓ 已送达")
        assert [heard.text for heard in house.heard] == ["还没发出"]
        assert await page.evaluate("Object.keys(localStorage).filter(key => key.includes('unsent'))") == []


async def test_a_refused_message_says_why_and_can_be_tried_again_or_dropped(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        refusal = {"status": 400, "content_type": "application/json", "body": '{"detail": "格式不对。"}'}
        await page.route("**/chat/messages", lambda route: route.fulfill(**refusal))
        for text in ("一", "二"):
            await page.fill("#say", text)
            await page.press("#say", "Enter")
        await expect(page.locator(".failed")).to_have_text(["未发出：格式不对"] * 2)
        await page.unroute("**/chat/messages")
        await page.get_by_role("button", name="删除").first.click()
        await page.get_by_role("button", name="重试").click()
        await expect(page.locator(".own .mark")).to_have_text("✓ 已送达")
        assert [heard.text for heard in house.heard] == ["二"]


async def test_a_message_that_the_house_never_confirmed_is_finished_by_itself(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        house.failing = True
        await page.evaluate(
            """() => fetch('/chat/messages', {method: 'POST', headers: {'X-Union': '1'},
               body: JSON.stringify({id: 'lost-in-a-crash', kind: 'text', text: '断电前'})})"""
        )
        await expect(page.locator(".own .mark")).to_have_text("发送中…")
        house.failing = False
        await expect(page.locator(".own .mark")).to_have_text("✓ 已送达", timeout=60_000)
        assert [heard.text for heard in house.heard] == ["断电前"]


async def test_files_are_checked_before_sending_and_go_out_in_order(browser: Browser, served: Served, house: House) -> None:
    choose = """() => {
      const chosen = new DataTransfer();
      const png = new Uint8Array(500000);
      png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      chosen.items.add(new File([png], '工资条.png'));
      chosen.items.add(new File([new Uint8Array(20 * 1024 * 1024 + 1)], '录像.mp4'));
      chosen.items.add(new File(['%PDF-1.7'], '合同.pdf'));
      const input = document.getElementById('files');
      input.files = chosen.files;
      input.dispatchEvent(new Event('change'));
    }"""
    async with opened(browser, served) as page:
        await page.evaluate(choose)
        await expect(page.get_by_role("alert")).to_contain_text("「录像.mp4」有 20.0 MB，超过 20 MB")
        await expect(page.locator("#tray li")).to_have_count(2)
        await page.fill("#say", "证据")
        await page.press("#say", "Enter")
        await expect(page.locator(".own .mark")).to_have_text(["✓ 已送达"] * 2)
        heard = [(h.file.name if h.file else "", h.text) for h in house.heard]
        assert heard == [("工资条.png", "证据"), ("合同.pdf", "")]
        assert house.heard[0].group == house.heard[1].group != ""
        link = page.get_by_role("link", name=re.compile("合同"))
        await expect(link).to_have_attribute("download", "合同.pdf")


async def test_the_screen_stays_at_the_end_unless_the_person_looked_up(browser: Browser, served: Served, house: House) -> None:
    at_end = "() => { const log = document.getElementById('log'); return log.scrollHeight - log.scrollTop - log.clientHeight < 3 }"
    async with opened(browser, served) as page:
        address = house.starts[-1].address
        for n in range(120):
            await house.say(address, f"第 {n} 条")
        await expect(page.locator(".house")).to_have_count(120)
        await page.wait_for_function(at_end)
        await page.reload()
        await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
        await expect(page.locator(".house")).to_have_count(100)
        await page.wait_for_function(at_end)
        await expect(page.get_by_text("第 119 条")).to_be_in_viewport()
        await page.evaluate("document.getElementById('log').scrollTop = 0")
        await house.say(address, "新来的")
        await page.get_by_role("button", name="新消息 ↓").wait_for()
        before = await page.get_by_text("第 20 条").bounding_box()
        await page.get_by_role("button", name="查看更早的消息").click()
        await expect(page.locator(".house")).to_have_count(121)
        after = await page.get_by_text("第 20 条").bounding_box()
        assert before
        assert after
        assert abs(before["y"] - after["y"]) < 60
        await page.get_by_role("button", name="新消息 ↓").click()
        await expect(page.get_by_text("新来的")).to_be_in_viewport()


async def test_only_the_conversation_scrolls_and_never_the_page_itself(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        for n in range(40):
            await page.fill("#say", f"第 {n} 句")
            await page.press("#say", "Enter")
            if n % 8 == 7:
                await expect(page.locator(".own")).to_have_count(n + 1)
        grown = await page.evaluate("document.scrollingElement.scrollHeight - innerHeight")
        assert grown <= 0


async def test_a_message_longer_than_the_screen_is_read_from_its_beginning(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served) as page:
        address = house.starts[-1].address
        for n in range(10):
            await house.say(address, f"第 {n} 条")
        await house.say(address, "开头在这里\n" + "很长的一段话。" * 200)
        await expect(page.locator(".house")).to_have_count(11)
        await expect(page.get_by_text("开头在这里")).to_be_in_viewport()
        log_top = (await page.locator("#log").bounding_box() or {"y": 0})["y"]
        await page.wait_for_function(
            "top => document.querySelector('.house:last-child').getBoundingClientRect().top - top > 0", arg=log_top
        )
        await house.say(address, "短的")
        await expect(page.get_by_text("短的")).to_be_in_viewport()


async def test_the_desk_is_another_counter(browser: Browser, served: Served, house: House) -> None:
    async with opened(browser, served, "/desk") as page:
        await page.fill("#say", "/start CODE")
        await page.press("#say", "Enter")
        await expect(page.locator(".own .mark")).to_have_text("✓ 已送达")
    assert [(h.side, h.text) for h in house.heard] == [("desk", "/start CODE")]


@pytest.mark.parametrize("demo", [True])
async def test_in_the_demo_two_tabs_are_a_worker_and_a_lawyer_side_by_side(
    browser: Browser, served: Served, house: House, people: dict[str, PersonId]
) -> None:
    async with opened(browser, served, width=320) as worker:
        await expect(worker.get_by_text("演示：人物均为虚构")).to_be_visible()
        await expect(worker.get_by_role("button", name="职工")).to_have_attribute("aria-pressed", "true")
        lawyer = await worker.context.new_page()
        await lawyer.goto(f"{served.url}/?as={people['陈律师']}")
        await expect(lawyer.get_by_role("button", name="律师")).to_have_attribute("aria-pressed", "true")
        await expect(lawyer.get_by_label("选择演示人物")).to_have_value(str(people["陈律师"]))
        assert await lawyer.evaluate("document.documentElement.scrollWidth") == 320
        for page, text in ((worker, "我是职工"), (lawyer, "我是律师")):
            await page.fill("#say", text)
            await page.press("#say", "Enter")
            await expect(page.locator(".own .mark")).to_have_text("✓ 已送达")
        assert [(h.address[:2], h.text) for h in house.heard] == [("s:", "我是职工"), ("de", "我是律师")]
        await lawyer.get_by_role("button", name="工会干部").click()
        await expect(lawyer.get_by_role("button", name="工会干部")).to_have_attribute("aria-pressed", "true")
        await expect(lawyer).to_have_url(re.compile(r"\?as=\d+$"))
