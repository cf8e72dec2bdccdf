"""Write the expected configuration anew, after a change of it was wanted and looked at."""

from __future__ import annotations

import json

from test_edge_config import GOLDEN, PANEL, PATHS, ROUTES, SETTINGS

from siappakai.provision.edge_config import make_config

if __name__ == "__main__":
    config = make_config(SETTINGS, PATHS, ROUTES, PANEL)
    GOLDEN.write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
