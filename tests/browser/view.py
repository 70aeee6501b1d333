# SPDX-License-Identifier: Apache-2.0
"""The page of vaultcrypt view, as view.sh has set the stage."""
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import browser as b
from browser import check, until
from selenium.webdriver.common.keys import Keys

URL, PID, VAULT = os.environ["VIEW_URL"], int(os.environ["VIEW_PID"]), int(os.environ["VAULT_PID"])
SECONDS = int(os.environ["SECONDS_OF_LOAD"])
page = b.Browser()


def shown():
    """State and texts of each record in the page, by topic and offset."""
    return page.js("""return model.records.map((r) => [r.topic, r.partition, r.offset, r.state])""")


def states():
    return sorted(r[3] for r in shown())


def search(text):
    page.js("""const e = document.getElementById('search'); e.value = arguments[0]; e.dispatchEvent(new Event('input'))""", text)
    time.sleep(0.3)


def choose(row=0):
    page.js("document.querySelectorAll('.row:not([hidden])')[arguments[0]].click()", row)
    time.sleep(0.2)


def of_topic(topic):
    """Chosen in the list of topics, and the oldest of it among the records."""
    page.js("""const e = document.getElementById('topic'); e.value = arguments[0]; document.getElementById('search').value = '';
        e.dispatchEvent(new Event('input')); choose(page.shown.at(-1))""", topic)
    time.sleep(0.3)


def badge():
    return page.js("return document.querySelector('#verdict .badge').innerText.trim().split('\\n').pop().trim()")


def results():
    return page.js("return [...document.querySelectorAll('#fields tbody tr')].map((tr) => [...tr.cells].map((td) => td.innerText.trim()))")


def every_state():
    wanted = sorted(["open"] * 7 + ["no-rule", "no-key", "denied", "denied", "damaged", "clear", "unreadable"])
    check("every record is there", until(lambda: len(shown()) == 14), shown())
    got = states()
    check("in its state", [s for s in got if s not in ("null", "denied")] == [s for s in wanted if s != "denied"], got)
    page.shot("1-overview")

    search("ann 3")
    choose()
    check("opened: in clear on one side", '"credit_card":"1111-2222-3333-0003"' in page.text("opened"), page.text("opened"))
    check("as it is stored on the other", '"credit_card":"vc1:' in page.text("stored") and "1111-2222" not in page.text("stored"))
    check("its fields", results() == [["$.Address", "transit", "app", "opened"], ["$.credit_card", "envelope", "app", "opened"]], results())
    check("its key", "order-3" in page.text("facts"))
    check("key and version without a key", "AES-256-GCM" in page.text("found"))
    page.shot("2-opened")

    search("damaged")
    choose()
    check("tampered: it says so", badge() == "Damaged", badge())
    check("and which field", ["$.credit_card", "envelope", "app", "damaged"] in results(), results())
    check("nothing is shown as opened", page.text("opened") == "not opened")
    page.shot("3-damaged")

    search("clear rd")
    choose()
    check("plaintext where ciphertext should be", badge() == "In clear" and [r[3] for r in results()] == ["in clear", "in clear"], results())
    page.shot("4-clear")

    of_topic("payments")
    check("denied: the token stays", badge() == "Denied" and page.text("opened") == "not opened", badge())
    check("why", "403" in page.text("verdict") or "denied" in page.text("verdict").lower(), page.text("verdict"))
    page.shot("5-denied")
    of_topic("orders")
    check("no key: Base64 stays", until(lambda: badge() == "No key") and len(page.text("stored")) == 512 and page.text("opened") == "not opened", badge())
    check("the page says that its release was refused", until(lambda: "Keys refused: orders (release orders-1)" in page.text("notice")), page.text("notice"))
    page.shot("5-no-key")
    of_topic("")


def whole():
    """States of the list whose words do not fit."""
    for width in (1360, 1180, 1000):
        page.size(width, 640)
        page.js("document.getElementById('records').scrollTop = 0")
        seen = page.js("return [...document.querySelectorAll('.row:not([hidden]) .state')].map((e) => [e.innerText.trim(), e.scrollWidth > e.clientWidth])")
        check(f"{width} px: every state is read whole", len(seen) >= 5 and not [s for s in seen if s[1]], seen)
    search("no JSON")
    page.size(1180, 640)
    seen = page.js("return [...document.querySelectorAll('.row:not([hidden]) .state')].map((e) => [e.innerText.trim(), e.scrollWidth > e.clientWidth])")
    check("the longest too", len(seen) == 1 and "Unreadable" in seen[0][0] and not seen[0][1], seen)
    search("")
    page.size(1360, 860)


def inert():
    scripts = page.js("return document.scripts.length")
    search("<script>")
    check("tags can be searched", page.js("return page.shown.length") == 2)
    for row in range(2):
        choose(row)
        check("HTML is text", "<script>" in page.text("opened") + page.text("stored"))
        if row == 0:
            page.shot("6-html")
    search("onerror")
    choose()
    check("in each column", page.js("return document.querySelectorAll('.row .stored *, .row .opened *, .row .key *, .row img, .row script, #detail img, #detail script, #detail pre *').length") == 0)
    check("nothing of it ran", page.js("return [window.pwned ?? null, document.scripts.length]") == [None, scripts])
    page.js("""const s = document.createElement('script'); s.textContent = 'window.pwned = 5'; document.body.append(s);
        const i = document.createElement('img'); i.setAttribute('onerror', 'window.pwned = 6'); i.src = '/none'; document.body.append(i);
        const o = document.createElement('img'); o.src = 'http://127.0.0.2:9/x.png'; document.body.append(o);""")
    time.sleep(0.5)
    check("even HTML in the page would not run (CSP)", page.js("return window.pwned ?? null") is None)
    errors = page.errors()
    check("the browser says why", sum("Content Security Policy" in e for e in errors) >= 3, errors)
    page.js("for (const e of document.querySelectorAll('body > script, body > img')) e.remove()")
    search("")


def ringed():
    return page.js("""const e = document.activeElement, s = getComputedStyle(e), l = getComputedStyle(e.closest('.list') || e);
        return [s, l].some((x) => x.outlineStyle !== 'none' && parseFloat(x.outlineWidth) >= 2)""")


def keyboard():
    page.js("document.activeElement.blur(); scrollTo(0, 0)")
    page.driver.get(URL)
    until(lambda: len(shown()) == 14)
    order, blind = [], []
    for _ in range(14):
        page.keys(Keys.TAB)
        order.append(page.focus())
        if not ringed():
            blind.append(order[-1])
        if order[-1] == "records":
            break
    check("Tab comes to all controls, and the list", order[-1] == "records" and {"theme", "help-open", "pause", "search", "topic", "state", "from"} <= set(order), order)
    check("what has the focus shows it", blind == [], blind)
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    second = page.js("return [page.chosen, page.shown[1].id, document.querySelector('[aria-selected=true]').id, document.getElementById('records').getAttribute('aria-activedescendant')]")
    check("arrows choose", second[0] == second[1] and second[2] == second[3] == f"record-{second[1]}", second)
    check("what is chosen is shown", page.js("return page.detail && page.detail.id") == second[1])
    page.keys(Keys.END)
    check("End", page.js("return page.chosen === page.shown.at(-1).id"))
    page.keys(Keys.HOME, Keys.ENTER)
    check("Enter goes into the record", page.focus() == "detail", page.focus())
    page.keys(Keys.TAB, Keys.TAB)
    check("and Tab through it", page.js("return document.getElementById('detail').contains(document.activeElement)"))
    page.keys(Keys.ESCAPE)
    check("Escape leads back", page.focus() == "records", page.focus())
    page.keys("/")
    check("/ searches", page.focus() == "search")
    page.keys("a", "n", "n", " ", "5")
    check("letters are letters there", until(lambda: page.js("return page.shown.length") == 1, 3))
    page.shot("7-keyboard")
    page.keys(Keys.ESCAPE, Keys.ESCAPE)
    page.keys("p")
    check("p pauses", page.js("return document.getElementById('pause').getAttribute('aria-pressed')") == "true")
    page.keys("p", "?")
    check("? tells the keys", page.js("return document.getElementById('help').open"))
    page.shot("8-help")
    page.keys(Keys.ESCAPE)
    check("Escape closes it", not page.js("return document.getElementById('help').open"))
    check("everything has a name", page.nameless() == [], page.nameless())


def colours():
    ground = "return getComputedStyle(document.body).backgroundColor"
    page.js("theme.next(); while (theme.get() !== 'auto') theme.next(); choose(page.shown.find((r) => r.state === 'damaged'))")
    seen = {}
    for scheme in ("light", "dark"):
        page.colours(scheme)
        seen[scheme] = page.js(ground)
        check(f"{scheme}: nothing is too pale", page.pale() == [], page.pale())
        page.shot("9-" + scheme)
    check("as the system has it", seen["light"] != seen["dark"], seen)
    page.js("document.getElementById('theme').click()")
    check("the switch is stronger", page.js(ground) == seen["light"] and page.text("theme") == "Light")
    page.driver.refresh()
    check("and is kept", until(lambda: page.text("theme") == "Light") and page.js(ground) == seen["light"])
    page.js("document.getElementById('theme').click()")
    page.colours("light")
    check("the other way too", page.js(ground) == seen["dark"])
    page.js("document.getElementById('theme').click()")


def phone():
    page.size(375, 740, mobile=True)
    page.driver.get(URL)
    until(lambda: page.js("return page.shown.length") == 14)
    check("a phone: nothing sticks out", page.is_wider() == [], page.is_wider())
    small = page.js("""return [...document.querySelectorAll('button, select, input')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 30).map((e) => e.id)""")
    check("a finger finds the buttons", small == [], small)
    page.shot("a-phone")
    choose(1)
    check("a record fills it", page.js("const r = document.getElementById('detail').getBoundingClientRect(); return [r.left, r.width]") == [0, 375])
    check("nothing sticks out there", page.is_wider() == [], page.is_wider())
    page.shot("b-phone-record")
    page.js("document.getElementById('close').click()")
    check("and closes", not page.js("return document.body.classList.contains('has-record')"))
    page.colours("dark")
    page.shot("c-phone-dark")
    page.colours("light")
    page.size(320, 640, mobile=True)
    check("a smaller one", page.is_wider() == [], page.is_wider())
    page.size(1360, 860)


def heals():
    page.driver.get(URL)
    until(lambda: len(shown()) == 14)
    os.kill(VAULT, signal.SIGSTOP)
    subprocess.run(["bash", "-c", 'sed "s/Ann 1/Late Ann/" one | "$0" -l -t purchases', os.environ["VAULTCRYPT"].replace("bin/vaultcrypt", "examples/producer")],
                   check=True, stderr=subprocess.DEVNULL)
    check("Vault away: the record is there, as it is stored", until(lambda: "away" in states()), states())
    check("the page says what is away", until(lambda: "Vault away" in page.text("notice")), page.text("notice"))
    page.js("choose(model.records.find((r) => r.state === 'away' && r.topic === 'purchases'))")
    page.shot("d-away")
    os.kill(VAULT, signal.SIGCONT)
    check("it heals, without a reload", until(lambda: "away" not in states()), states())
    check("the record that is looked at too", until(lambda: badge() == "Opened"), badge())
    check("no word of it any more", until(lambda: page.js("return document.getElementById('matters').innerText.includes('Vault well') || document.getElementById('notice').innerText.includes('denied')")))
    page.js("choose(model.records.find((r) => r.topic === 'orders'))")
    skr = os.environ["VAULTCRYPT_SKR_ADDR"]
    urllib.request.urlopen(urllib.request.Request(skr + "/dev/claims", open("claims", "rb").read(), method="PUT"))
    page.js("document.getElementById('retry').click()")
    check("attested: the key is released, and what waited opens", until(lambda: page.text("opened") == "Two tickets to Lisbon"), page.text("opened"))
    check("the page says so", until(lambda: "Keys here" in page.text("matters")), page.text("matters"))
    subprocess.run(["bash", "allow"], check=True, stdout=subprocess.DEVNULL)
    page.js("document.getElementById('retry').click()")
    check("what was denied opens, once it is allowed", until(lambda: "denied" not in states()), states())
    page.shot("e-healed")
    page.size(1180, 640)
    page.js("choose(model.records.find((r) => r.state === 'open' && r.offset === 1 && r.topic === 'purchases'))")
    page.shot("view")
    page.size(1360, 860)


def resident():
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{PID}/status").read())[1])


def processor():
    """Seconds that the server has computed."""
    fields = open(f"/proc/{PID}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def state():
    return json.load(urllib.request.urlopen(URL + "/api/state"))


def load():
    """1 000 records a second."""
    warm = min(5, SECONDS / 3)
    before = state()["totals"]["open"]
    sender = subprocess.Popen(["bash", "-c", f'"{sys.executable}" "{os.path.dirname(os.path.abspath(__file__))}/load.py" {SECONDS + warm} 1000 |'
                               ' "$VAULTCRYPT" produce -s schema.yaml -t purchases --batch-time 50ms'], stderr=open("load.err", "w"))
    time.sleep(warm)
    (heap, nodes), memory = page.heap(), resident()
    worst, rates = [heap, nodes, memory], []
    began, computed = time.monotonic(), processor()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(1)
        now = (*page.heap(), resident())
        worst = [max(pair) for pair in zip(worst, now)]
        rates.append(page.js("return plots.read.values.at(-1)"))
    page.shot("f-load")
    lag = page.js("return plots.lag.values.at(-1)")
    check("the sender comes to its end", sender.wait(60) == 0)
    until(lambda: state()["totals"]["open"] - before >= (SECONDS + warm) * 990)
    came = state()["totals"]["open"] - before
    lost = page.js("return page.lost")
    rate = sorted(rates)[len(rates) // 2]
    share = 100 * (processor() - computed) / (time.monotonic() - began)
    print(f"# {SECONDS} s: {rate} records a second; server {share:.1f} % of a processor, {memory} KiB, at most {worst[2]}; page {heap // 1024} KiB and {int(nodes)} nodes, at most {worst[0] // 1024} and {int(worst[1])};"
          f" lag {lag}, {lost} not shown")
    check("1 000 records a second came", rate >= 900 and came >= (SECONDS + warm) * 990, (rates, came))
    check("the server does not grow", os.environ.get("SANITIZED") or worst[2] - memory < 8 << 10, (memory, worst))
    check("the page does not grow", worst[0] - heap < 12 << 20 and worst[1] - nodes < 2000, ((heap, nodes), worst))
    check("it holds what it may", page.js("return model.records.length") == 1000)
    check("nothing passed by unseen", lost == 0, lost)
    check("all came in order", page.js("return model.records.every((r, i, all) => !i || all[i - 1].id < r.id)"))
    rows = page.js("return document.querySelectorAll('.row').length")
    check("only what is seen is in the page", rows < 60, rows)


def paused():
    page.keys(Keys.ESCAPE)
    page.js("pause()")
    newest = page.js("return page.shown[0].id")
    subprocess.run(["bash", "-c", 'head -c 0 /dev/null; "$0" -l -t purchases <one', os.environ["VAULTCRYPT"].replace("bin/vaultcrypt", "examples/producer")], check=True,
                   stderr=subprocess.DEVNULL)
    until(lambda: page.js("return model.newest") > newest)
    time.sleep(0.5)
    check("paused: what is seen stays", page.js("return page.shown[0].id") == newest)
    page.js("pause()")
    check("and goes on", until(lambda: page.js("return page.shown[0].id") > newest))
    page.js("""document.getElementById('from').value = 'offset'; document.getElementById('from').dispatchEvent(new Event('input'));
        document.getElementById('offset').value = '0'; document.querySelector('#follow button').click()""")
    check("from an offset", until(lambda: state()["from"]["state"] == "0"))
    page.js("""document.getElementById('from').value = '-100'; document.querySelector('#follow button').click()""")
    check("the last of each partition, and nothing of before", until(lambda: len(shown()) == 204), len(shown()))


def log_in():
    """As people do it: the browser says by itself where its form comes from."""
    def give(token):
        field = page.driver.find_element("id", "token")
        field.clear()
        field.send_keys(token, Keys.ENTER)

    guarded = os.environ["GUARDED_URL"]
    page.driver.get(guarded)
    check("who is not known is led to the log-in", until(lambda: page.driver.current_url == guarded + "/login"), page.driver.current_url)
    give("not the token")
    check("a wrong token leads back to it", until(lambda: page.driver.current_url == guarded + "/login?wrong"), page.driver.current_url)
    check("which says so", until(lambda: "not the token" in page.text("wrong")))
    page.shot("h-log-in")
    give(open("token").read().strip())
    check("the right one leads to the page", until(lambda: page.driver.current_url == guarded + "/"), page.driver.current_url)
    check("with its records", until(lambda: page.js("return typeof model === 'undefined' ? 0 : model.records.length") > 0))
    check("and a way out", until(lambda: page.js("return document.getElementById('logout').checkVisibility()")))
    page.js("document.getElementById('logout').click()")
    check("which leads to the log-in", until(lambda: page.driver.current_url == guarded + "/login"), page.driver.current_url)
    page.driver.get(guarded)
    check("and ends the session", until(lambda: page.driver.current_url == guarded + "/login"), page.driver.current_url)
    page.driver.get(URL)
    until(lambda: len(shown()) == 204)


def cut_off():
    os.kill(PID, signal.SIGTERM)
    check("the server away: the page says so", until(lambda: "does not answer" in page.text("notice")), page.text("notice"))
    page.shot("g-cut-off")


try:
    page.driver.get(URL)
    for part in (every_state, whole, inert, keyboard, colours, phone, heals, load, paused, log_in):
        print("# " + part.__name__.replace("_", " "), flush=True)
        part()
    errors = [e for e in page.errors() if "/none" not in e and "127.0.0.2" not in e and "Content Security Policy" not in e]
    check("no errors in the browser's log", errors == [], errors)
    cut_off()
finally:
    page.close()
sys.exit(b.failed != 0)
