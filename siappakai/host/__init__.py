"""The panel's own machine: its processes under supervisord, and the parts they stand on."""
