"""Theme packages of OpenSID: fetched, checked, kept by the hash of their content."""
