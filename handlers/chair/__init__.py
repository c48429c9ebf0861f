"""What the chair of a workplace union does at the desk (基层工会主席, 信息员: S1 二(一))."""
