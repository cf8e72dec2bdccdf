"""A village as big as a real one, by SQL alone: people, families, letters, articles, finance.

Works on any OpenSID database from v2408 on; MariaDB's own `seq_…` tables make the numbers.
"""

from __future__ import annotations

from siappakai.provision.databases import Databases

FAMILY = 4  # people a family
START = 1000  # first id of what this file adds


def fill_village(
    databases: Databases, database: str, config_id: int = 1, people: int = 5000
) -> None:
    """Adds `people` and what a village of that size has beside them; once a village."""
    with databases.connection(database) as connection, connection.cursor() as cursor:
        for sql in _statements(config_id, people):
            cursor.execute(sql)
        connection.commit()


def _statements(village: int, people: int) -> list[str]:
    base = START + village * 1_000_000
    numbers = f"seq_0_to_{people - 1}"
    families = f"seq_0_to_{people // FAMILY - 1}"
    month = "DATE_ADD('2018-01-01', INTERVAL seq % 70 MONTH)"
    person = f"{base} + seq"
    nik = f"LPAD(7305010000000000 + {base} + seq, 16, '0')"
    return [
        "SET SESSION foreign_key_checks = 0, sql_mode = ''",
        f"INSERT INTO tweb_wil_clusterdesa (id, config_id, rt, rw, dusun, urut) "
        f"SELECT {base} + seq, {village}, LPAD(seq, 3, '0'), '001', 'Utara', seq FROM seq_1_to_12",
        f"INSERT INTO tweb_penduduk (id, config_id, nama, nik, id_kk, kk_level, sex, tempatlahir, "
        f"tanggallahir, agama_id, status_kawin, id_cluster, status, status_dasar, created_by) "
        f"SELECT {person}, {village}, CONCAT('Warga ', seq), LPAD(7305010000000000 + {base} + seq, "
        f"16, '0'), {base} + seq DIV {FAMILY}, IF(seq % {FAMILY} = 0, 1, 4), seq % 2 + 1, "
        f"'Takalar', {month}, 1, 1, {base} + 1 + seq % 12, 1, IF(seq % 50 = 7, 2, 1), 1 "
        f"FROM {numbers}",
        f"INSERT INTO tweb_keluarga (id, config_id, no_kk, nik_kepala, id_cluster, alamat) "
        f"SELECT {base} + seq, {village}, LPAD(7305020000000000 + {base} + seq, 16, '0'), "
        f"{base} + seq * {FAMILY}, {base} + 1 + seq % 12, 'Jalan Utara' FROM {families}",
        f"INSERT INTO log_penduduk (config_id, id_pend, kode_peristiwa, tgl_lapor, tgl_peristiwa, "
        f"created_by) SELECT {village}, {person}, 5, {month}, {month}, 1 FROM {numbers}",
        f"INSERT INTO log_keluarga (config_id, id_kk, id_peristiwa, tgl_peristiwa, updated_by) "
        f"SELECT {village}, {base} + seq, 1, {month}, 1 FROM {families}",
        f"INSERT INTO tweb_rtm (id, config_id, nik_kepala, no_kk) SELECT {base} + seq, {village}, "
        f"{person}, CONCAT('RTM', {base} + seq) FROM seq_0_to_{people // 25}",
        f"INSERT INTO log_surat (config_id, id_format_surat, id_pend, tanggal, bulan, tahun, "
        f"no_surat, isi_surat, status) SELECT {village}, (SELECT MIN(id) FROM tweb_surat_format "
        f"WHERE config_id = {village}), {person}, {month}, '01', '2023', seq, "
        f"REPEAT('isi surat ', 200), 1 FROM seq_0_to_{people * 3 // 10 - 1}",
        f"INSERT INTO dokumen (config_id, nama, id_pend, attr, satuan) SELECT {village}, "
        f"CONCAT('Dokumen ', seq), {person}, '{{}}', CONCAT('dok', seq, '.pdf') "
        f"FROM seq_0_to_{people // 12}",
        f"INSERT INTO kategori (id, config_id, kategori, tipe, urut, enabled, slug) "
        f"VALUES ({base}, {village}, 'Berita', 1, 1, 1, 'berita-desa')",
        f"INSERT INTO artikel (config_id, judul, isi, enabled, tgl_upload, id_kategori, id_user, "
        f"slug) SELECT {village}, CONCAT('Kabar ', seq), REPEAT('isi ', 400), 1, {month}, "
        f"{base}, (SELECT MIN(id) FROM user WHERE "
        f"config_id = {village}), CONCAT('kabar-', seq) FROM seq_1_to_{people // 25}",
        f"INSERT INTO keuangan_master (id, config_id, versi_database, tahun_anggaran, "
        f"tanggal_impor) VALUES ({base}, {village}, '2.0.R1', '2023', '2023-02-01')",
        f"INSERT INTO keuangan_ta_rab_rinci (config_id, id_keuangan_master, Tahun, Kd_Desa, "
        f"Kd_Keg, Kd_Rincian, Kd_SubRinci, No_Urut, SumberDana, Uraian, Satuan, JmlSatuan, "
        f"HrgSatuan, Anggaran, JmlSatuanPAK, HrgSatuanPAK, AnggaranStlhPAK, AnggaranPAK, Kode_SBU) "
        f"SELECT {village}, {base}, '2023', '01', 'K', 'R', 'S', seq, 'DDS', 'Semen', 'sak', '2', "
        f"'65000', 130000 + seq, '2', '65000', 130000 + seq, '0', '' FROM seq_1_to_1200",
        f"INSERT INTO keuangan_manual_rinci (config_id, Tahun, Kd_Akun, Kd_Keg, Kd_Rincian, "
        f"Nilai_Anggaran, Nilai_Realisasi) SELECT {village}, '2023', '4.PENDAPATAN', '', "
        f"CONCAT('4.1.', seq), 1000000.25 * seq, 900000.50 * seq FROM seq_1_to_60",
        f"INSERT INTO program (id, config_id, nama, sasaran, sdate, edate, status, ndesc) "
        f"VALUES ({base}, {village}, 'BLT', 1, '2023-01-01', '2023-12-31', 1, 'bantuan')",
        f"INSERT INTO program_peserta (config_id, program_id, peserta, kartu_id_pend, kartu_nik, "
        f"kartu_nama, kartu_tanggal_lahir) SELECT {village}, {base}, {nik}, {person}, {nik}, "
        f"'Warga', '1990-01-01' FROM seq_0_to_{people // 17}",
        f"INSERT INTO tweb_penduduk_mandiri (pin, config_id, id_pend) SELECT MD5(seq), {village}, "
        f"{person} FROM seq_0_to_{people // 20}",
        f"INSERT INTO covid19_vaksin (id_penduduk, config_id, vaksin_1) SELECT {person}, "
        f"{village}, 1 FROM seq_0_to_{people // 5}",
        "SET SESSION foreign_key_checks = 1",
    ]
