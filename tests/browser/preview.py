#!/usr/bin/env python3
"""Opens pages of `oam preview --format html` in a real browser, by its debugging protocol and the standard library alone.

    tests/browser/preview.py PAGE [--objects N] [--hostile PAGE] [--large PAGE] [--screenshots DIR]

Exit code 0: all checks hold; 1: one does not; 77: there is no browser (CHROMIUM names one).
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

# The least contrast of text, as the Web Content Accessibility Guidelines ask for it (AA).
CONTRAST = """
(() => {
  const parse = color => {
    const canvas = parse.canvas ??= Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map(index => top[index] * top[3] + below[index] * (1 - top[3])).concat(1);
  const light = color => {
    const [r, g, b] = color.slice(0, 3).map(value => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const worst = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || node.closest('script, style, svg, .hidden, noscript, dialog:not([open]), [aria-hidden=true], :disabled, select') || !node.offsetParent) continue;
    const background = behind(node);
    const color = over(parse(getComputedStyle(node).color), background);
    const [a, b] = [light(color), light(background)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) worst.push(`${ratio.toFixed(2)} ${node.tagName}.${node.className} ${text.data.trim().slice(0, 30)}`);
  }
  return [...new Set(worst)].slice(0, 8);
})()
"""

# What everything that can be used is called, and roles that stand where they may.
NAMES = """
(() => {
  const wrong = [];
  for (const node of document.querySelectorAll('a, button, input, select, [role=button], [role=tree], [role=listbox], [role=table], [role=treeitem], [role=option]')) {
    const label = node.getAttribute('aria-label') || node.textContent.trim() || node.closest('label')?.textContent.trim() || node.getAttribute('placeholder');
    if (!label) wrong.push(`no name: ${node.outerHTML.slice(0, 90)}`);
  }
  for (const node of document.querySelectorAll('[role=treeitem]')) if (!node.closest('[role=tree]')) wrong.push('a treeitem outside of a tree');
  for (const node of document.querySelectorAll('[role=option]')) if (!node.closest('[role=listbox]')) wrong.push('an option outside of a listbox');
  for (const node of document.querySelectorAll('[aria-activedescendant]')) {
    const id = node.getAttribute('aria-activedescendant');
    if (node === document.activeElement && !document.getElementById(id)) wrong.push(`${id} is not there`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach(id => wrong.push(`two are called ${id}`));
  return wrong.slice(0, 8);
})()
"""


class Socket:
    """As much of a web socket as the protocol needs."""

    def __init__(self, url):
        host, path = url.removeprefix("ws://").split("/", 1)
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(4096)
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    def take(self, count):
        while len(self.rest) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("the browser is gone")
            self.rest += more
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def send(self, text):
        data = text.encode()
        size = len(data)
        head = bytes([0x81]) + (bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack(">H", size) if size < 1 << 16 else bytes([0xFF]) + struct.pack(">Q", size))
        self.socket.sendall(head + bytes(4) + data)  # A mask of zeros leaves the data as it is.

    def receive(self):
        text = b""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            data = self.take(size)
            if first & 0x0F in (0, 1):
                text += data
                if first & 0x80:
                    return text.decode()


class Browser:
    """A browser with one page, and everything that went wrong in it."""

    def __init__(self, program):
        self.home = tempfile.mkdtemp(prefix="oam-browser-")
        flags = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--remote-debugging-port=0", f"--user-data-dir={self.home}"]
        if os.name == "posix" and os.geteuid() == 0:
            flags.append("--no-sandbox")
        self.process = subprocess.Popen([program, *flags, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = pathlib.Path(self.home) / "DevToolsActivePort"
        for _ in range(300):
            if port.exists() and port.read_text().count("\n") >= 1:
                break
            time.sleep(0.1)
        number = port.read_text().split("\n")[0]
        for _ in range(100):
            pages = [page for page in json.load(urllib.request.urlopen(f"http://127.0.0.1:{number}/json/list")) if page["type"] == "page"]
            if pages:
                break
            time.sleep(0.1)
        self.socket = Socket(pages[0]["webSocketDebuggerUrl"])
        self.number = 0
        self.problems = []
        self.requests = []
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        number = self.number
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.event(message)

    def event(self, message):
        method, told = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.problems.append(" ".join(str(argument.get("value", argument.get("description"))) for argument in told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.problems.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script[:80]}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def wait(self, script, what):
        for _ in range(200):
            if self.run(script):
                return
            time.sleep(0.05)
        raise RuntimeError(f"waited in vain: {what}")

    def open(self, page, hash="", complete=True):
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'", "an empty page")
        self.call("Page.navigate", url=pathlib.Path(page).absolute().as_uri() + (f"#{hash}" if hash else ""))
        self.wait(f"document.documentElement?.dataset.{'complete' if complete else 'ready'} !== undefined", f"{page} is there")
        self.settle()

    def settle(self):
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done, 120)))")

    def size(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def key(self, key, text=None):
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **({"text": text} if text and kind == "keyDown" else {}))
        self.settle()

    def mouse(self, kind, x, y):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left", clickCount=0 if kind == "mouseMoved" else 1)

    def over(self, selector):
        x, y = self.run(f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()")
        self.mouse("mouseMoved", x, y)
        self.settle()
        return x, y

    def click(self, selector):
        x, y = self.over(selector)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)
        self.settle()

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Checks:
    """What was checked, and what did not hold."""

    def __init__(self):
        self.failed = 0

    def hold(self, what, holds, seen=""):
        print(f"{'ok  ' if holds else 'FAIL'} {what}{'' if holds else f': {seen}'}")
        self.failed += not holds

    def same(self, what, seen, wanted):
        self.hold(what, seen == wanted, f"{seen!r}, not {wanted!r}")


TITLE = "document.querySelector('#object-title')?.textContent"
COUNT = "document.querySelector('#count').textContent"
HASH = "decodeURIComponent(location.hash)"
INSPECTOR = "document.querySelector('.inspector')?.innerText ?? ''"


def choose(browser, name, value):
    browser.run(f"(() => {{ const field = document.querySelector('#{name}'); field.value = {json.dumps(value)}; field.dispatchEvent(new Event('change', {{bubbles: true}})); }})()")
    browser.settle()


def views(browser, checks, page, objects):
    """The overview, filters, links, keys, hovering, the graph."""
    browser.size(1440, 900)
    browser.open(page)
    if objects is not None:
        checks.hold("the overview tells how many objects differ", browser.run("document.querySelector('h1').textContent").startswith(f"{objects} object"), browser.run("document.querySelector('h1').textContent"))
    checks.hold("the matrix has a square for what differs", browser.run("document.querySelectorAll('.square a').length") > 0)
    kind = browser.run("document.querySelector('#kind option:nth-child(2)').value")
    choose(browser, "kind", kind)
    checks.hold("a filter is in the address", f"kind={kind}" in browser.run(HASH), browser.run(HASH))
    checks.hold("a filter leaves some of the objects", " of " in browser.run(COUNT), browser.run(COUNT))
    browser.run("document.querySelector('[data-view=changes]').click()")
    browser.settle()
    kinds = browser.run("[...new Set([...document.querySelectorAll('.row.entry .kind')].map(node => node.textContent))]")
    checks.same("the list holds that kind alone", kinds, [kind])
    browser.key("x", "x")
    checks.hold("a key clears the filters", " of " not in browser.run(COUNT) and "kind=" not in browser.run(HASH))
    browser.key("/", "/")
    browser.call("Input.insertText", text="no such thing anywhere")
    browser.settle()
    checks.hold("a search for nothing finds nothing", browser.run(COUNT).startswith("0 of"), browser.run(COUNT))
    browser.run("(() => { const q = document.querySelector('#q'); q.value = ''; q.dispatchEvent(new Event('input', {bubbles: true})); q.blur(); })()")
    browser.settle()
    browser.key("j", "j")
    first = browser.run(TITLE)
    checks.hold("a key opens the first change", bool(first))
    browser.key("j", "j")
    checks.hold("and then the next", browser.run(TITLE + "+ location.hash") != first)
    browser.run("history.back()")
    browser.settle()
    checks.same("a step back leads to where it was", browser.run(TITLE), first)
    browser.key("?", "?")
    checks.hold("a key shows the keys", browser.run("document.querySelector('#help').open"))
    browser.run("document.querySelector('#help').close()")

    # A link to a field of an object, opened by somebody else.
    link = browser.run("(() => { document.querySelector('.field')?.click(); return location.hash.slice(1); })()")
    field = browser.run("document.querySelector('.field .path')?.textContent")
    browser.open(page, link)
    checks.same("a link leads to the object", browser.run(TITLE), first)
    if field:
        checks.hold("and to the field", field in link.replace("%5B", "[").replace("%5D", "]").replace("%3D", "="), link)
        checks.hold("whose line is chosen", browser.run("document.querySelectorAll('.line[aria-selected=true]').length") == 1)
        checks.hold("and who set it is told", "set by" in browser.run(INSPECTOR) and ".yaml:" in browser.run(INSPECTOR), browser.run(INSPECTOR))
        checks.hold("with what it was", "was" in browser.run(INSPECTOR).lower(), browser.run(INSPECTOR))
    browser.over(".line:not([aria-selected=true]) code")
    checks.hold("hovering a line tells its field", browser.run("document.querySelector('.inspector h2').textContent") != field)
    browser.run("document.querySelector('#manifest').focus()")
    before = browser.run("document.querySelector('#manifest').getAttribute('aria-activedescendant')")
    browser.key("ArrowDown")
    after = browser.run("document.querySelector('#manifest').getAttribute('aria-activedescendant')")
    checks.hold("lines are gone through by keys", before != after and browser.run(f"document.getElementById('{after}') !== null"), f"{before} {after}")
    lines = browser.run("document.querySelectorAll('.line').length")
    browser.key("w", "w")
    checks.hold("the whole manifest has more lines", browser.run("document.querySelectorAll('.line').length") >= lines)
    checks.same("everything has a name", browser.run(NAMES), [])
    browser.open(page, "object=nowhere/nothing.yaml")
    checks.hold("a link to what is not there says so", "not there" in browser.run("document.querySelector('.place').textContent"))

    browser.open(page)
    browser.click(".square a")
    checks.hold("a square of the matrix leads to its changes", "env=" in browser.run(HASH) and "app=" in browser.run(HASH), browser.run(HASH))
    checks.same("everything in the list has a name", browser.run(NAMES), [])
    browser.open(page, "view=graph")
    if browser.run("document.querySelector('.box') !== null"):
        browser.click(".box")
        checks.hold("a component tells what it is", "TYPE" in browser.run(INSPECTOR).upper(), browser.run(INSPECTOR))
        checks.same("everything in the graph has a name", browser.run(NAMES), [])


def looks(browser, checks, page):
    """Contrast in light and dark, and a phone."""
    link = None
    for scheme in ["light", "dark"]:
        browser.scheme(scheme)
        browser.size(1440, 900)
        browser.open(page)
        if link is None:
            link = browser.run("document.querySelector('.what a')?.getAttribute('href')?.slice(1) ?? ''")
        for name, hash in [("overview", ""), ("object", link), ("graph", "view=graph")]:
            browser.open(page, hash)
            checks.same(f"contrast of the {name}, {scheme}", browser.run(CONTRAST), [])
    browser.scheme("light")
    browser.size(390, 844, phone=True)
    for name, hash in [("overview", ""), ("list", "view=changes"), ("object", link), ("graph", "view=graph")]:
        browser.open(page, hash)
        wide = browser.run("document.documentElement.scrollWidth - innerWidth")
        checks.hold(f"the {name} fits a phone", wide <= 0, f"{wide} px too wide")
    browser.size(1440, 900)


def large(browser, checks, page):
    """Quick, and small, with thousands of objects."""
    checks.hold("the page is at most 10 MB", pathlib.Path(page).stat().st_size <= 10_000_000, pathlib.Path(page).stat().st_size)
    times = []
    for _ in range(3):
        browser.open(page)
        times.append(int(browser.run("document.documentElement.dataset.ready")))
    print(f"     interactive after {times} ms, lines after {browser.run('document.documentElement.dataset.complete')} ms, {pathlib.Path(page).stat().st_size} bytes")
    checks.hold("it can be used within a second", min(times) <= 1000, times)
    for hash in ["", "view=changes"]:
        browser.open(page, hash)
        nodes = browser.run("document.querySelectorAll('*').length")
        checks.hold(f"only what is seen exists ({nodes} elements)", nodes < 3000)
    took = browser.run("""(() => { const start = performance.now(); const q = document.querySelector('#q');
      history.replaceState(null, '', '#view=changes&q=deployment'); dispatchEvent(new Event('statechange')); return performance.now() - start; })()""")
    checks.hold("a search answers within 200 ms", took <= 200, took)
    browser.run("document.querySelector('.list').scrollTop = 1e9")
    browser.settle()
    checks.hold("the end of the list is there", browser.run("document.querySelectorAll('.row').length") > 3)


def hostile(browser, checks, page):
    """Names and values that are written to break out."""
    browser.open(page)
    links = browser.run("[...document.querySelectorAll('.what a')].map(link => link.getAttribute('href').slice(1))")
    checks.hold("hostile names are listed", len(links) > 0)
    for link in links:
        browser.open(page, link)
    checks.hold("nothing of them has run", browser.run("window.broken === undefined && document.querySelector('img, iframe, [onerror]') === null"))


def screenshots(browser, page, folder):
    """The pictures of the documentation."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    browser.size(1280, 800)
    browser.scheme("light")
    browser.open(page)
    link = browser.run("([...document.querySelectorAll('.what a')].find(link => link.textContent.includes('→')) ?? document.querySelector('.what a')).getAttribute('href').slice(1)")
    for name, hash, scheme, size in [("overview", "", "light", (1280, 800)), ("changes", link, "light", (1280, 800)), ("graph", "view=graph", "dark", (1280, 640)), ("phone", link, "dark", (390, 844))]:
        browser.scheme(scheme)
        browser.size(*size, phone=name == "phone")
        browser.open(page, hash)
        browser.mouse("mouseMoved", 2, 2)
        if name == "graph":
            browser.run("['.box.level-0', '.box.level-1', '.box'].map(box => document.querySelector(box)).find(Boolean)?.dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        browser.settle()
        browser.picture(folder / f"preview-{name}.png")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("page")
    arguments.add_argument("--objects", type=int)
    arguments.add_argument("--hostile")
    arguments.add_argument("--large")
    arguments.add_argument("--screenshots")
    arguments = arguments.parse_args()
    program = os.environ.get("CHROMIUM") or next((found for found in map(shutil.which, BROWSERS) if found), None)
    if not program:
        print(f"no browser: none of {', '.join(BROWSERS)} is installed, and CHROMIUM names none")
        return 77
    browser, checks = Browser(program), Checks()
    try:
        if arguments.screenshots:
            screenshots(browser, arguments.page, arguments.screenshots)
        else:
            views(browser, checks, arguments.page, arguments.objects)
            looks(browser, checks, arguments.page)
            if arguments.hostile:
                hostile(browser, checks, arguments.hostile)
            if arguments.large:
                large(browser, checks, arguments.large)
        checks.same("the console is empty", browser.problems, [])
        checks.same("no request leaves the page", [url for url in browser.requests if not url.startswith(("file:", "data:", "about:", "blob:"))], [])
        pages = {pathlib.Path(page).absolute().as_uri() for page in [arguments.page, arguments.hostile, arguments.large] if page}
        checks.same("no other file is read", sorted({url.split("#")[0] for url in browser.requests if url.startswith("file:")} - pages), [])
    finally:
        browser.close()
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
