"""Why a release can't be installed is told in one sentence that never holds a secret."""

from __future__ import annotations

from siappakai.provision.template_dump import _cause, _without_secrets


def test_the_cause_is_what_the_command_inside_the_image_said() -> None:
    said = {"error": "application_aborted", "detail": "Cannot redeclare a() @/var/www/app/x.php:12"}
    assert _cause(said) == ": application_aborted: Cannot redeclare a()"
    assert _cause({"state": "half", "seconds": 3}) == ": half"
    assert _cause({}, "a\nPHP Fatal error:  Cannot redeclare b()\nc") == (
        ": PHP Fatal error: Cannot redeclare b()"
    )
    assert _cause({"error": "x"}, "PHP Fatal error: y") == ": x"
    assert _cause({}, "Fatal error: password is 'rahasia'") == ""
    assert _cause({}) == "" and len(_cause({"detail": "x" * 900})) < 140


def test_lines_that_may_hold_a_secret_are_not_kept() -> None:
    assert _cause({"detail": "wrong password for user 'a'"}) == ""
    log = "satu\nERROR --> updateConfigFile password - eyJpdiI6\nAPP_KEY=x\ndua"
    assert _without_secrets(log) == "satu\ndua"
