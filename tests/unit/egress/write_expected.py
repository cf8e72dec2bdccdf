"""Write the expected configurations anew, after a change of them was wanted and looked at."""

from __future__ import annotations

from test_egress_config import EMPTY, GOLDEN, two_products

from siappakai.provision.egress_config import make_egress
from siappakai.provision.egress_settings import EgressSettings

if __name__ == "__main__":
    GOLDEN.write_text(two_products(), encoding="utf-8")
    EMPTY.write_text(make_egress((), EgressSettings()).text, encoding="utf-8")
