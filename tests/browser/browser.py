# SPDX-License-Identifier: Apache-2.0
"""Chromium, driven; and what is checked of any page in it."""
import os
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

failed = 0


def check(title, holds, more=""):
    global failed
    if not holds:
        failed += 1
    print(("ok - " if holds else "not ok - ") + title + (f" # {more}" if more and not holds else ""), flush=True)


def until(ask, seconds=20):
    """What `ask` answers at last: something true, or its last answer after so long."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.05)


class Browser:
    def __init__(self, width=1360, height=860):
        options = Options()
        options.binary_location = "/usr/bin/chromium" if os.path.exists("/usr/bin/chromium") else ""
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}",
                         "--js-flags=--expose-gc", "--disable-background-networking", "--no-proxy-server"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.size(width, height)

    def close(self):
        self.driver.quit()

    def cdp(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def size(self, width, height, mobile=False):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if mobile else 1, mobile=mobile)
        time.sleep(0.3)

    def colours(self, scheme):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        time.sleep(0.3)

    def js(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def shot(self, name):
        time.sleep(0.4)
        self.driver.save_screenshot(os.path.join(os.environ["SHOTS"], name + ".png"))

    def keys(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()
            time.sleep(0.08)

    def focus(self):
        return self.js("return document.activeElement.id || document.activeElement.tagName.toLowerCase()")

    def text(self, identity):
        return self.js("return document.getElementById(arguments[0]).innerText", identity)

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def heap(self):
        """Bytes of JavaScript, and nodes, after what is not used is gone."""
        self.cdp("HeapProfiler.enable")
        self.cdp("HeapProfiler.collectGarbage")
        self.cdp("Performance.enable")
        metrics = {m["name"]: m["value"] for m in self.cdp("Performance.getMetrics")["metrics"]}
        return metrics["JSHeapUsedSize"], metrics["Nodes"]

    def is_wider(self):
        """Elements that stick out to the right."""
        return self.js("""const out = [];
            if (document.documentElement.scrollWidth > innerWidth) out.push('the page: ' + document.documentElement.scrollWidth);
            for (const e of document.querySelectorAll('body *')) {
              const r = e.getBoundingClientRect();
              if (r.width && r.right > innerWidth + 1 && !e.closest('.scroll, .row, pre, .away, [hidden]')) out.push(e.tagName + '.' + e.className + '#' + e.id);
            }
            return out;""")

    def nameless(self):
        """What can be reached with the keyboard and has no name for who cannot see it."""
        nodes = self.cdp("Accessibility.getFullAXTree")["nodes"]
        wrong = []
        for node in nodes:
            focusable = any(p["name"] == "focusable" and p["value"].get("value") for p in node.get("properties", []))
            role = node.get("role", {}).get("value")
            if focusable and not node.get("ignored") and role not in ("RootWebArea", "option", "generic", "table", "none", "MenuListPopup") and not node.get("name", {}).get("value"):
                wrong.append(role)
        return wrong

    def pale(self):
        """Texts whose contrast is below WCAG's 4.5."""
        return self.js("""const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
            const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
            const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
            const out = new Set();
            for (const e of document.querySelectorAll('body *')) {
              if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
              const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
              const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
              if (contrast < 4.5) out.add(e.tagName + '.' + e.className + ' ' + contrast.toFixed(2));
            }
            return [...out];""")
