"""A value in .env is read back as it was written, by phpdotenv's rules and by our own reader."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.products.laravel import env_value

ROOT = Path(__file__).resolve().parents[3]
AWKWARD = [
    "",
    " ",
    "kata sandi # bukan komentar",
    "${APP_NAME}",
    "$HOME \\$HOME \\\\$HOME",
    'kutip " di tengah',
    "satu ' saja",
    "akhir \\",
    '"',
    'a"',
    '="="',
    "Desa Lembang “Ñ” 村",
    "\\n bukan baris baru",
    "\t",
]
values = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60
).filter(lambda text: not re.fullmatch(r"""(["']).*\1""", text, re.DOTALL))


def parse_as_phpdotenv(line: str) -> str:
    """The state machine of phpdotenv 5 for one line in double quotes, and Laravel's last step."""
    name, _, rest = line.partition("=")
    assert re.fullmatch(r"[A-Z_]+", name)
    # A line whose quotes look open is glued to the next one by phpdotenv.
    assert len(re.findall(r'(?=([^\\]"))', line.replace("\\\\", ""))) > 1
    assert rest[0] == '"'
    read, is_escaped, end = [], False, -1
    for at, letter in enumerate(rest[1:], start=1):
        if is_escaped:
            assert letter in '"\\$', "an unexpected escape sequence"
            read.append(letter)
            is_escaped = False
        elif letter == "\\":
            is_escaped = True
        elif letter == '"':
            end = at
            break
        else:
            assert letter != "$", "would be interpolated"
            read.append(letter)
    assert rest[end + 1 :] == ""
    text = "".join(read)
    inside = re.fullmatch(r"""(["'])(.*)\1""", text)
    return inside[2] if inside else text


@pytest.mark.parametrize("value", AWKWARD)
def test_an_awkward_value_comes_back_unchanged(value: str) -> None:
    assert parse_as_phpdotenv(f"NAMA={env_value(value)}") == value


@given(values)
def test_every_value_of_one_line_comes_back_unchanged(value: str) -> None:
    assert parse_as_phpdotenv(f"NAMA={env_value(value)}") == value


@pytest.mark.parametrize("value", ["a\nAPP_DEBUG=true", "a\r", "a\0b", '"kutip"', "'kutip'"])
def test_what_would_become_another_value_or_another_line_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        env_value(value)


@pytest.mark.skipif(not shutil.which("php"), reason="php tidak ada di mesin ini")
def test_the_images_own_reader_reads_the_same(tmp_path: Path) -> None:
    wanted = {f"N{number}": value for number, value in enumerate(AWKWARD)}
    lines = [f"{name}={env_value(value)}" for name, value in wanted.items()]
    (tmp_path / "env").write_text("TANPA=kutip\n" + "\n".join(lines) + "\n", encoding="utf-8")
    reader = ROOT / "images" / "laravel" / "siappakai" / "instance.php"
    code = (
        f"require '{reader}'; echo json_encode(SiapPakai\\read_env('{tmp_path}/env'),"
        " JSON_UNESCAPED_UNICODE);"
    )
    told = subprocess.run(["php", "-n", "-r", code], check=True, capture_output=True, text=True)
    assert json.loads(told.stdout) == wanted
