<?php

/** The application object that models hang on, and its loader. */

namespace {
    /** The one application of this process. */
    function get_instance(): Contoh\Application
    {
        static $application = null;

        return $application = $application ?: new Contoh\Application();
    }

    function log_message(string $level, string $text): void
    {
        $file = CONTOH_ROOT . '/storage/logs/log-' . date('Y-m-d') . '.php';
        $line = strtoupper($level) . ' - ' . date('Y-m-d H:i:s') . ' --> ' . $text . "\n";
        $head = is_file($file) ? '' : "<?php exit; ?>\n\n";
        file_put_contents($file, $head . $line, FILE_APPEND | LOCK_EX);
    }
}

namespace Contoh {
    #[\AllowDynamicProperties]
    final class Application
    {
        /** @var Loader */
        public $load;

        /** @var Database|null */
        public $db;

        public function __construct()
        {
            $this->load = new Loader($this);
        }
    }

    final class Loader
    {
        /** @var Application */
        private $application;

        public function __construct(Application $application)
        {
            $this->application = $application;
        }

        public function database(): void
        {
            $this->application->db = $this->application->db ?: new Database();
        }

        public function driver(string $name, array $options = []): void
        {
        }

        /** `seeders/seeder` becomes ->seeder, and so on; loading a seeder runs it. */
        public function model(string $name, ?string $as = null): void
        {
            $this->database();
            $class = 'Contoh\\' . str_replace(' ', '', ucwords(str_replace('_', ' ', basename($name))));
            $as = $as ?: basename($name);
            if (! isset($this->application->{$as})) {
                $this->application->{$as} = new $class($this->application->db);
            }
        }
    }
}
