"""Every kind of page in a real browser: on a phone and on a desk, with JavaScript off, in both schemes."""

from typing import Any

import pytest

PAGES = (
    "trace-form", "item", "bag-waiting", "load", "batch", "certificates", "certificate", "alerts", "exports", "nothing",
    "verify", "verify-form",
    "receipt-form", "receipt", "receipt-new", "no-receipt",
    "start dropoff", "start logistics", "start recycler", "start education", "start traceability",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
pytestmark = pytest.mark.slow


def _address(site: Any, name: str, lang: str) -> str:
    address = site.starts[name.split()[1]] + "/" if name.startswith("start ") else site.pages[name]
    return f"{address}?lang={lang}"


def _new_page(browser: Any, **context: Any) -> tuple[Any, list[str]]:
    """A page, and what the browser will complain of."""
    page = browser.new_context(**context).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: _note_outside(request.url, complaints))
    return page, complaints


def _note_outside(url: str, complaints: list[str]) -> None:
    if not url.startswith("http://127.0.0.1:"):
        complaints.append(f"asked {url}")


@pytest.mark.parametrize(
    ("width", "lang", "scheme"),
    [(320, "th", "light"), (390, "en", "dark"), (1280, "th", "dark"), (1280, "en", "light")],
)
def test_every_page_fits_can_be_read_and_is_quiet(browser: Any, site: Any, width: int, lang: str, scheme: str) -> None:
    """WCAG 2.2: 1.4.3 contrast as painted, 1.4.10 nothing to scroll sideways at 320 px, 2.5.8 targets of 24 px."""
    page, complaints = _new_page(browser, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for name in PAGES:
        page.goto(_address(site, name, lang))
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"
        assert page.evaluate(_WEAK_TEXT) == [], name
        assert page.evaluate(_SMALL_TARGETS) == [], name
    # That a page is not found is said by the browser too.
    assert [each for each in complaints if "404 (Not Found)" not in each] == []
    page.context.close()


def test_the_looped_letters_are_the_ones_we_carry(browser: Any, site: Any) -> None:
    page, _ = _new_page(browser, viewport=PHONE)
    page.goto(_address(site, "receipt", "th"))
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(face => face.status == 'loaded').map(face => face.family)")
    assert "Plex" in loaded
    page.context.close()


def test_a_citizen_follows_a_piece_to_its_certificate_without_javascript(browser: Any, site: Any) -> None:
    code = site.pages["receipt"].rpartition("/")[2]
    page, complaints = _new_page(browser, viewport=PHONE, java_script_enabled=False, locale="th-TH")
    page.goto(site.starts["dropoff"] + "/")
    page.get_by_role("main").get_by_role("link", name="ติดตามของที่ทิ้ง").click()
    page.get_by_label("รหัสใบรับ").fill(f"{code[:4]}-{code[4:8]}-{code[8:]}".lower())
    page.get_by_role("button", name="ดูสถานะ").click()

    assert page.get_by_role("heading", level=1).inner_text().startswith("เส้นทางของ")
    assert page.locator("[aria-current=step]").inner_text().startswith("ออกใบรับรอง")
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "The way of your piece: small electronic device"
    chain = page.get_by_role("link", name="See the whole chain with its evidence")
    assert chain.get_attribute("href").startswith(site.starts["traceability"])
    assert complaints == []
    page.context.close()


def test_an_auditor_goes_from_the_list_to_a_bag_without_javascript(browser: Any, site: Any) -> None:
    page, complaints = _new_page(browser, viewport=DESK, java_script_enabled=False)
    page.goto(site.pages["certificates"] + "?lang=en")
    page.get_by_role("main").get_by_role("link").first.click()
    assert page.get_by_text("State: Valid").or_(page.get_by_text("State: Issued")).count() == 1
    page.locator("summary", has_text="Bags it covers").click()
    page.locator("details[open]").get_by_role("link").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Bag bag-")
    assert complaints == []
    page.context.close()


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(browser: Any, site: Any) -> None:
    """WCAG 2.2, 2.1.1, 2.4.1 and 2.4.7: skip link first, then every link in order, each with an outline."""
    page, _ = _new_page(browser, viewport=PHONE)
    page.goto(_address(site, "certificate", "en"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    seen: list[str] = []
    while (told := page.evaluate(_FOCUSED))["tag"] != "BODY" and len(seen) < 200:
        assert told["outline"] >= 2, told
        seen.append(told["href"])
        page.keyboard.press("Tab")
    everything = page.evaluate("[...document.querySelectorAll('a, summary')].filter(e => e.checkVisibility()).length")
    assert len(seen) == everything
    page.context.close()


_FOCUSED = """() => {
  const on = document.activeElement;
  return {tag: on.tagName, href: on.getAttribute('href'), outline: parseFloat(getComputedStyle(on).outlineWidth)};
}"""


_WEAK_TEXT = """() => {
  const rgb = css => css.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = on => {
    for (; on; on = on.parentElement) {
      const colour = rgb(getComputedStyle(on).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const on of document.querySelectorAll('body *')) {
    const own = [...on.childNodes].some(node => node.nodeType == 3 && node.textContent.trim());
    if (!own || !on.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(on).color)), light(ground(on))].sort((x, y) => x - y);
    if ((b + 0.05) / (a + 0.05) < 4.5) weak.push(on.outerHTML.slice(0, 120));
  }
  return weak;
}"""
_SMALL_TARGETS = """() => [...document.querySelectorAll(
  'button, select, input:not([type=hidden]), summary, nav a, .ways a, .button'
)].filter(on => on.getBoundingClientRect().height < 24).map(on => on.outerHTML.slice(0, 80))"""
