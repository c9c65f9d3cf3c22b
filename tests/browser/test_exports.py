"""A register downloaded as people do it: on a phone, in Thai, without JavaScript."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytestmark = pytest.mark.slow


def test_a_register_is_chosen_and_downloaded(browser: Any, site: Any, tmp_path: Path) -> None:
    page = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="th-TH", accept_downloads=True
    ).new_page()
    page.goto(site.starts["traceability"] + "/")
    page.get_by_role("main").get_by_role("link", name="ดาวน์โหลดทะเบียน").click()
    page.get_by_label("ทะเบียน", exact=True).select_option(label="ถุง")
    page.get_by_label("ตั้งแต่วันที่").fill("2026-11-20")
    page.get_by_label("ถึงวันที่").fill("2026-11-20")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="ดาวน์โหลด").click()

    assert waiting.value.suggested_filename.startswith("bags_2026-11-20_2026-11-20_ledger-")
    waiting.value.save_as(path := tmp_path / waiting.value.suggested_filename)
    sheet = openpyxl.load_workbook(path)["bags"]
    assert sheet.max_row == 3, "the day's two bags"

    page.goto(site.pages["exports"])
    page.get_by_label("ตั้งแต่วันที่").fill("2026-11-21")
    page.get_by_label("ถึงวันที่").fill("2026-11-20")
    page.get_by_role("button", name="ดาวน์โหลด").click()
    assert page.get_by_role("alert").inner_text() == "วันแรกต้องไม่อยู่หลังวันสุดท้าย"
    assert page.get_by_label("ตั้งแต่วันที่").input_value() == "2026-11-21", "what was chosen stays"
    page.context.close()
