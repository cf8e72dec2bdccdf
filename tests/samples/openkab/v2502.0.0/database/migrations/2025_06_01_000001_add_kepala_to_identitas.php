<?php

return ["ALTER TABLE identitas ADD kepala VARCHAR(100) NOT NULL DEFAULT ''"];
