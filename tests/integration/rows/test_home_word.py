"""What a product's application serves, in the regency's own word, wherever it is counted."""

from __future__ import annotations

import pytest
from flask import Flask

from siappakai.local_words import home_word
from siappakai.models import transaction, write_setting


@pytest.mark.parametrize(
    ("product", "usual", "own"),
    [
        ("opensid", "desa", "nagari"),
        ("pbb", "desa", "nagari"),
        ("opendk", "kecamatan", "distrik"),
        ("openkab", "kabupaten", "kota"),
        ("satu_data_api", "kabupaten", "kota"),
        ("yang-tak-dikenal", "desa", "nagari"),
    ],
)
def test_each_product_counts_what_it_serves(app: Flask, product: str, usual: str, own: str) -> None:
    assert home_word(product) == usual
    with transaction():
        words = {"village": "nagari", "district": "distrik", "regency": "kota"}
        write_setting("local_words", words, by="ani")
    assert home_word(product) == own
