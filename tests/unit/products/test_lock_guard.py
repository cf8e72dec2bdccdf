"""The guard of locked fields, run by PHP: what a village sends becomes what the regency set."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUARD = ROOT / "siappakai/templates/instance/opensid/kunci.php"
RULES = [
    {"paths": [], "fields": {"web_theme": "desa/nusantara"}, "uploads": ["latar_website"]},
    {"paths": ["sosmed/update/facebook"], "fields": {"link": "fb.me/kab"}, "uploads": []},
    {"paths": ["identitas_desa"], "fields": {"telepon": "0411", "email_desa": ""}, "uploads": []},
    {"paths": ["identitas_desa"], "fields": {}, "uploads": ["logo"]},
]
# The guard does nothing on a command line; a constant of its namespace tells it otherwise.
RUN = r"""<?php
namespace SiapPakai\Kunci { define('SiapPakai\Kunci\PHP_SAPI', 'fpm-fcgi'); }
namespace Illuminate\Container {
    class Bag {
        public $all;
        public function __construct($all) { $this->all = $all; }
        public function keys() { return array_keys($this->all); }
        public function has($name) { return array_key_exists($name, $this->all); }
        public function set($name, $text) { $this->all[$name] = $text; }
        public function remove($name) { unset($this->all[$name]); }
    }
    class Request {
        public $request, $query, $files, $json;
        public function isJson() { return $this->json !== null; }
        public function json() { return $this->json; }
    }
    class Container {
        public static $request;
        public static function getInstance() { return new self(); }
        public function bound($name) { return true; }
        public function make($name) { return self::$request; }
    }
}
namespace {
    $asked = json_decode(file_get_contents('php://stdin'), true);
    $_SERVER['REQUEST_METHOD'] = $asked['method'];
    $_SERVER['REQUEST_URI'] = $asked['path'];
    $_POST = $_REQUEST = $asked['form'];
    $_FILES = $asked['files'];
    $request = new \Illuminate\Container\Request();
    $request->request = new \Illuminate\Container\Bag($asked['form']);
    $request->query = new \Illuminate\Container\Bag($asked['query']);
    $request->files = new \Illuminate\Container\Bag($asked['files']);
    if ($asked['json'] !== null) $request->json = new \Illuminate\Container\Bag($asked['json']);
    \Illuminate\Container\Container::$request = $request;
    require __DIR__ . '/kunci.php';
    echo json_encode([
        'form' => (object) $_POST, 'request' => (object) $_REQUEST, 'files' => (object) $_FILES,
        'laravel' => (object) $request->request->all, 'query' => (object) $request->query->all,
        'laravel_files' => (object) $request->files->all,
        'json' => $request->json ? (object) $request->json->all : null,
    ]);
}
"""
pytestmark = pytest.mark.skipif(not shutil.which("php"), reason="php tidak ada di mesin ini")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copy(GUARD, tmp_path / "kunci.php")
    (tmp_path / "kunci.json").write_text(json.dumps({"format": 1, "rules": RULES}))
    (tmp_path / "minta.php").write_text(RUN)
    return tmp_path


def send(place: Path, path: str, form: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the application finds of a request after the guard."""
    asked = {"method": "POST", "files": {}, "query": {}, "json": None, **more}
    told = subprocess.run(
        ["php", "-n", str(place / "minta.php")],
        input=json.dumps({**asked, "path": path, "form": form}),
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_a_locked_field_is_put_back_and_the_rest_is_kept(place: Path) -> None:
    found = send(place, "/setting/update", {"web_theme": "natra", "sebutan_desa": "nagari"})
    wanted = {"web_theme": "desa/nusantara", "sebutan_desa": "nagari"}
    assert found["form"] == found["request"] == found["laravel"] == wanted


def test_a_field_of_another_form_is_not_added(place: Path) -> None:
    assert send(place, "/artikel/simpan", {"judul": "a"})["form"] == {"judul": "a"}
    assert send(place, "/sosmed/update/tiktok", {"link": "a"})["form"] == {"link": "a"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "post"])
def test_a_field_left_out_of_its_own_form_is_sent_with_its_value(place: Path, method: str) -> None:
    found = send(place, "/index.php/sosmed/update/FaceBook", {"a": "b"}, method=method)
    assert found["form"] == found["request"] == {"a": "b", "link": "fb.me/kab"}
    identity = send(place, "/identitas_desa/update/1", {"nama_desa": "Palanta"}, method=method)
    assert identity["form"] == {"nama_desa": "Palanta", "telepon": "0411", "email_desa": ""}
    assert identity["laravel"] == identity["form"]
    assert identity["query"] == {}


def test_nothing_is_added_to_an_empty_request_that_deletes(place: Path) -> None:
    assert send(place, "/identitas_desa/hapus", {}, method="DELETE")["form"] == {}


@pytest.mark.parametrize(
    "name",
    ["WEB_THEME", "Web_Theme", "web_theme ", " web_theme", "web_themé", "web_theme\u00a0",
     "wéb_theme", "web\u200b_theme", "web_theme\x00", "web_theme\x01", "ｗｅｂ_theme"],
)  # fmt: skip
def test_a_name_the_database_takes_for_a_locked_one_is_dropped(place: Path, name: str) -> None:
    sent = {name: "natra", "sebutan_desa": "nagari"}
    found = send(place, "/setting/update", sent, json=sent, query=sent)
    for where in ("form", "request", "laravel", "json", "query"):
        assert found[where] == {"sebutan_desa": "nagari"}, where


def test_the_locked_name_itself_beside_a_disguised_one_is_put_back(place: Path) -> None:
    sent = {"LINK": "a", "link": "b", "Link ": "c"}
    found = send(place, "/sosmed/update/facebook", sent, json=sent, query=sent)
    for where in ("form", "request", "laravel", "json", "query"):
        assert found[where] == {"link": "fb.me/kab"}, where


def test_a_list_under_a_locked_name_is_put_back_too(place: Path) -> None:
    found = send(place, "/setting/update", {"web_theme": ["natra"]})
    assert found["form"] == {"web_theme": "desa/nusantara"}


def test_a_json_body_is_filled_and_put_back(place: Path) -> None:
    found = send(place, "/identitas_desa/update", {}, json={"telepon": "1", "a": 2})
    assert found["json"] == {"telepon": "0411", "a": 2, "email_desa": ""}


def test_names_of_numbers_and_of_other_letters_stay_where_nothing_is_locked(place: Path) -> None:
    (place / "kunci.json").write_text(json.dumps({"format": 1, "rules": RULES[1:]}))
    sent = {"0": "a", "nämä": "b", "LINK": "c"}
    assert send(place, "/artikel/simpan", sent)["form"] == sent
    assert send(place, "/sosmed/update/facebook", sent)["form"] == {"0": "a", "link": "fb.me/kab"}


def test_a_locked_upload_is_dropped_and_others_are_kept(place: Path) -> None:
    files = {"logo": {"name": "a.png"}, "kantor_desa": {"name": "b.png"}}
    found = send(place, "/identitas_desa/update", {}, files=files)
    assert set(found["files"]) == set(found["laravel_files"]) == {"kantor_desa"}


def test_a_page_that_is_only_read_is_left_alone(place: Path) -> None:
    assert send(place, "/identitas_desa", {"telepon": "1"}, method="GET")["form"] == {
        "telepon": "1"
    }
