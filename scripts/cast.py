#!/usr/bin/env python3
"""Records `oam` on examples/sock-shop and draws the session as an animated SVG, for the README.

    cargo build --release && scripts/cast.py target/release/oam docs/images/cast.svg

Each command really runs, in a terminal of its own, in a copy of the example; what it prints is drawn as it is. Nothing beside Python's
own library is needed.
"""

import fcntl
import html
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios

COLUMNS = 128
CHAR, LINE, FONT = 7.23, 18, 12
PADDING, BAR = 22, 40
TYPING, THINKING, READING, LAST = 0.04, 0.5, 2.6, 7.0  # seconds: per letter, until a command prints, to read it, to read it all

# What is typed: a word about it, and the command. All of it really runs, one after the other.
SESSION = [
    ("fourteen workloads, two teams, three environments, production on two clusters", "oam render"),
    ("who lets production grow to 20?", "oam blame hpa/front-end maxReplicas --env prod --cluster eu-1"),
    ("a slip: the operators set a parameter that no developer offers", "sed -i s/java-opts/jvm-opts/ teams/fulfilment/traits/java.yaml"),
    ("", "oam check"),
]

COLORS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 37: "#e6edf3"}
TEXT, FAINT, BACKGROUND, FRAME = "#d1d7e0", "#8b949e", "#0d1117", "#30363d"


def run(command, directory, oam):
    """The bytes that a command prints on a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {"TERM": "xterm-256color", "PATH": f"{os.path.dirname(oam)}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    process = subprocess.Popen(command.split(), cwd=directory, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    output = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    process.wait()
    return output.decode()


def cells(text):
    """Lines of runs: (text, color, bold)."""
    lines, color, bold = [[]], TEXT, False
    for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\n)", text.replace("\r", "")):
        if part == "\n":
            lines.append([])
        elif part.startswith("\x1b["):
            if not part.endswith("m"):
                continue
            for code in [int(code or 0) for code in part[2:-1].split(";")]:
                if code == 0:
                    color, bold = TEXT, False
                elif code == 1:
                    bold = True
                elif code == 2:
                    color = FAINT
                elif code in COLORS:
                    color = COLORS[code]
                elif 90 <= code <= 97:
                    color = COLORS.get(code - 60, FAINT)
        elif part:
            lines[-1].append((part, color, bold))
    while lines and not lines[-1]:
        lines.pop()
    return wrapped(lines)


def wrapped(lines):
    """Lines as a terminal of this width breaks them."""
    result = []
    for line in lines:
        row, used = [], 0
        for text, color, bold in line:
            while used + len(text) > COLUMNS:
                row.append((text[: COLUMNS - used], color, bold))
                result.append(row)
                text, row, used = text[COLUMNS - used :], [], 0
            row.append((text, color, bold))
            used += len(text)
        result.append(row)
    return result


def spans(line):
    out, column = "", 0
    for text, color, bold in line:
        if text.strip():
            lead = len(text) - len(text.lstrip(" "))
            x = PADDING + (column + lead) * CHAR
            weight = ' class="b"' if bold else ""
            shown = html.escape(text.strip(" "), quote=False)
            length = f' textLength="{len(text.strip(" ")) * CHAR:.1f}"'
            fill = f' fill="{color}"' if color != TEXT else ""
            out += f'<tspan x="{x:.1f}"{length}{fill}{weight}>{shown}</tspan>'
        column += len(text)
    return out


def drawn(line, row):
    text = spans(line)
    return f'<text y="{BAR + PADDING + row * LINE + 6}">{text}</text>' if text else ""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    oam, target = os.path.abspath(sys.argv[1]), sys.argv[2]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    steps, row, time = [], 0, 0.6
    with tempfile.TemporaryDirectory() as here:
        project = os.path.join(here, "sock-shop")
        shutil.copytree(os.path.join(root, "examples/sock-shop"), project, ignore=shutil.ignore_patterns("rendered"))
        for comment, command in SESSION:
            lines = cells(run(command, project, oam))
            assert here not in str(lines), "a path of this machine"
            typed = time + len(command) * TYPING
            printed = typed + THINKING
            steps.append((comment, command, lines, row, time, typed, printed))
            row += bool(comment) + 1 + len(lines) + (1 if lines else 0)
            time = printed + (READING if lines else 0.2)
    total = time + LAST - READING
    width, height = COLUMNS * CHAR + 2 * PADDING, BAR + (row - 1) * LINE + 2 * PADDING
    style, body = "", ""

    def appears(name, moment):
        return (
            f"#{name}{{animation:{name} {total:.2f}s infinite step-end}}"
            f"@keyframes {name}{{0%{{opacity:0}}{100 * moment / total:.3f}%,100%{{opacity:1}}}}"
        )

    for number, (comment, command, lines, row, start, typed, printed) in enumerate(steps):
        length = len(command) * CHAR
        prompt = row + bool(comment)
        top = BAR + PADDING + prompt * LINE - LINE + 9
        # Without animation the whole session is seen, and no cover over what is typed.
        style += appears(f"p{number}", max(start - 0.4, 0.01)) + appears(f"o{number}", printed)
        style += f"#c{number}{{animation:c{number} {total:.2f}s infinite}}"
        style += (
            f"@keyframes c{number}{{0%,{100 * start / total:.3f}%{{opacity:1;transform:translateX(0);animation-timing-function:steps({len(command)},end)}}"
            f"{100 * typed / total:.3f}%{{opacity:1;transform:translateX({length:.1f}px);animation-timing-function:step-end}}"
            f"{100 * printed / total:.3f}%,100%{{opacity:0;transform:translateX({length:.1f}px)}}}}"
        )
        x = PADDING + 2 * CHAR
        cover = f'<g id="c{number}" opacity="0"><rect x="{x:.1f}" y="{top}" width="{length + CHAR:.1f}" height="{LINE}" fill="{BACKGROUND}"/>'
        cover += f'<rect x="{x:.1f}" y="{top + 2}" width="{CHAR:.1f}" height="{LINE - 3}" fill="{FAINT}"/></g>'
        said = drawn([("# " + comment, FAINT, False)], row) if comment else ""
        said += drawn([("$ ", COLORS[32], True), (command, "#f0f6fc", True)], prompt)
        output = "".join(drawn(line, prompt + 1 + index) for index, line in enumerate(lines))
        body += f'<g id="p{number}">{said}{cover}</g><g id="o{number}">{output}</g>\n'
    dots = "".join(f'<circle cx="{24 + 20 * n}" cy="20" r="6" fill="{color}"/>' for n, color in enumerate(["#ff5f57", "#febc2e", "#28c840"]))
    described = "\n".join("\n".join(["$ " + command] + ["".join(text for text, _, _ in line) for line in lines]) for _, command, lines, *_ in steps)
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img">
<title>oam on examples/sock-shop</title>
<desc>{html.escape(described)}</desc>
<style>text{{font:{FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:{TEXT};white-space:pre}}.b{{font-weight:600}}{style}@media (prefers-reduced-motion:reduce){{g{{animation:none!important}}}}</style>
<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="10" fill="{BACKGROUND}" stroke="{FRAME}"/>
{dots}<text x="{width / 2:.0f}" y="25" text-anchor="middle" style="fill:{FAINT}">sock-shop</text>
<clipPath id="w"><rect x="1" y="1" width="{width - 2:.0f}" height="{height - 2:.0f}" rx="9"/></clipPath>
<g clip-path="url(#w)">
{body}</g>
</svg>
"""
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        file.write(svg)
    print(f"{target}: {len(svg)} bytes, {total:.0f} seconds")


if __name__ == "__main__":
    main()
