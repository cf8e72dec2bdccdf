"""The entry for gunicorn: `gunicorn wsgi:app`."""

from siappakai import create_app
from siappakai.log import configure_logging

configure_logging()
app = create_app()
