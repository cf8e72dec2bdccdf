<?php

return ['default' => 'mysql'];
