"""Opens real TensorBoard in a real browser, takes pictures of its tabs, and prints what they show.

    screens.py LOGDIR OUTDIR TAB=TEXT...

Each TAB becomes OUTDIR/TAB.png once TEXT is on its page; the graph is that of the first run.
The answer is JSON: per tab the texts on the page, how many shapes are drawn, and the number of colours.
Drives Chromium (RUNBOARD_CHROMIUM) by chromedriver, with the WebDriver protocol's plain HTTP.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from PIL import Image
from tensorboard_sees import TensorBoard

WIDTH, HEIGHT = 1280, 1000

# All text, also what stands in shadow roots and frames, where TensorBoard keeps whole tabs.
TEXT = """
function walk(node) {
  if (node.nodeName === 'IFRAME') return node.contentDocument?.body ? walk(node.contentDocument.body) : [];
  if (node.nodeType === Node.TEXT_NODE) return [node.textContent.trim()];
  if (['SCRIPT', 'STYLE', 'TEMPLATE'].includes(node.nodeName)) return [];
  const roots = node.shadowRoot ? [node.shadowRoot, node] : [node];
  return roots.flatMap((root) => [...root.childNodes].flatMap(walk));
}
return walk(document.body).filter((text) => text !== '');
"""

# How much is drawn: shapes of charts and graphs. Constant once all is.
DRAWN = """
function count(node) {
  if (node.nodeName === 'IFRAME') return node.contentDocument?.body ? count(node.contentDocument.body) : 0;
  const roots = node.shadowRoot ? [node.shadowRoot, node] : [node];
  const own = ['path', 'rect', 'ellipse', 'text', 'canvas'].includes(node.nodeName.toLowerCase());
  return roots.reduce((sum, root) => [...root.children].reduce((s, child) => s + count(child), sum), own ? 1 : 0);
}
return count(document.body);
"""


class Browser:
    def __init__(self, scratch):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        driver = shutil.which("chromedriver") or sys.exit("no chromedriver")
        self.driver = subprocess.Popen(
            [driver, f"--port={port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.url = f"http://127.0.0.1:{port}"
        arguments = f"""--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
            --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage
            --hide-scrollbars --window-size={WIDTH},{HEIGHT} --user-data-dir={scratch}""".split()
        options = {"args": arguments}
        if "RUNBOARD_CHROMIUM" in os.environ:
            options["binary"] = os.environ["RUNBOARD_CHROMIUM"]
        wish = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        until = time.time() + 60
        while True:
            try:
                self.session = "/session/" + self.call("POST", "/session", wish)["sessionId"]
                return
            except urllib.error.URLError:
                if time.time() > until or self.driver.poll() is not None:
                    raise
                time.sleep(0.2)

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def go(self, url):
        # A change behind `#` alone would not load the page anew.
        self.call("POST", self.session + "/url", {"url": "about:blank"})
        self.call("POST", self.session + "/url", {"url": url})

    def run(self, script):
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": []})

    def at_rest(self, wanted, seconds=120):
        """Waits for a text on the page, and until no more is drawn."""
        until, drawn, same = time.time() + seconds, None, 0
        while time.time() < until:
            now = (self.run(DRAWN), len(self.run(TEXT)))
            there = any(wanted in text for text in self.run(TEXT))
            same = same + 1 if there and now == drawn else 0
            drawn = now
            if same >= 4:
                return
            time.sleep(0.5)
        self.picture(os.path.join(tempfile.gettempdir(), "screens_failed.png"))
        sys.exit(f"`{wanted}` did not come to rest: {self.run(TEXT)}")

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", self.session + "/screenshot")))

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(30)


def shrunk(path):
    """Makes the file smaller, for a page of documentation; the number of colours it had."""
    image = Image.open(path).convert("RGB")
    colours = len(image.getcolors(WIDTH * HEIGHT * 4))
    image.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    return colours


def main(logdir, out, tabs):
    os.makedirs(out, exist_ok=True)
    shown = {}
    with tempfile.TemporaryDirectory() as scratch, TensorBoard(logdir, "true") as board:
        browser = Browser(scratch)
        try:
            for tab, known in (tab.split("=", 1) for tab in tabs):
                page = board.url.removesuffix("data/") + "?darkMode=false"
                browser.go(f"{page}#{tab}")
                browser.at_rest(known)
                path = os.path.join(out, tab + ".png")
                browser.picture(path)
                shown[tab] = {"text": browser.run(TEXT), "drawn": browser.run(DRAWN), "colours": shrunk(path)}
        finally:
            browser.close()
    print(json.dumps(shown))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
