CREATE TABLE config (
  id INT AUTO_INCREMENT PRIMARY KEY,
  app_key VARCHAR(100) NOT NULL UNIQUE,
  nama_desa VARCHAR(100) NOT NULL,
  kode_desa VARCHAR(10) UNIQUE,
  kode_pos INT,
  nama_kecamatan VARCHAR(100) NOT NULL DEFAULT '',
  kode_kecamatan VARCHAR(6),
  nama_kepala_camat VARCHAR(100) NOT NULL DEFAULT '',
  nip_kepala_camat VARCHAR(100) NOT NULL DEFAULT '',
  nama_kabupaten VARCHAR(100) NOT NULL DEFAULT '',
  kode_kabupaten VARCHAR(4),
  nama_propinsi VARCHAR(100) NOT NULL DEFAULT '',
  kode_propinsi VARCHAR(2),
  logo VARCHAR(100),
  lat VARCHAR(20),
  lng VARCHAR(20),
  zoom TINYINT,
  alamat_kantor VARCHAR(200),
  email_desa VARCHAR(50),
  telepon VARCHAR(50),
  website VARCHAR(100),
  kantor_desa VARCHAR(100),
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE setting_aplikasi (
  id INT AUTO_INCREMENT PRIMARY KEY,
  config_id INT NOT NULL,
  `key` VARCHAR(50) NOT NULL,
  value TEXT,
  UNIQUE (config_id, `key`),
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE media_sosial (
  id INT AUTO_INCREMENT PRIMARY KEY,
  config_id INT NOT NULL,
  nama VARCHAR(100) NOT NULL,
  link TEXT,
  enabled TINYINT NOT NULL DEFAULT 1,
  UNIQUE (config_id, nama),
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE user (
  id INT AUTO_INCREMENT PRIMARY KEY,
  config_id INT NOT NULL,
  username VARCHAR(100) NOT NULL,
  password VARCHAR(100) NOT NULL,
  nama VARCHAR(50),
  email VARCHAR(100),
  active TINYINT NOT NULL DEFAULT 1,
  last_login DATETIME,
  UNIQUE (config_id, username),
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE migrasi (
  id INT AUTO_INCREMENT PRIMARY KEY,
  versi_database VARCHAR(10) NOT NULL UNIQUE
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE artikel (
  id INT AUTO_INCREMENT PRIMARY KEY,
  config_id INT NOT NULL,
  judul VARCHAR(200) NOT NULL,
  isi TEXT,
  gambar VARCHAR(200),
  tgl_upload DATETIME,
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE penduduk (
  id INT AUTO_INCREMENT PRIMARY KEY,
  config_id INT NOT NULL,
  nama VARCHAR(100) NOT NULL,
  nik CHAR(16) NOT NULL,
  sex CHAR(1) NOT NULL,
  alamat VARCHAR(200) NOT NULL DEFAULT '',
  UNIQUE (config_id, nik),
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
