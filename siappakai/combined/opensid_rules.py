"""Think: OpenSID's combined database: what its schema does not say, with the place that does.

Read and tried with v2408.0.0 and v2410.0.0. Paths in `source` are files of OpenSID's repository.
"""

from __future__ import annotations

from siappakai.combined.rules import Parent, Reference, Rules

LOOKUP = "daftar pilihan bawaan rilis, sama untuk semua desa"
SHARED = {
    "migrasi": "catatan migrasi basis data itu sendiri",
    "log_ekspor": "riwayat ekspor tanpa tanda desa",
    "password_resets": "token sementara, kuncinya alamat surel",
    "ref_sinkronisasi": "daftar tabel untuk sinkronisasi",
    **dict.fromkeys(
        (
            "analisis_ref_state",
            "analisis_ref_subjek",
            "analisis_tipe_indikator",
            "keuangan_manual_ref_bidang",
            "keuangan_manual_ref_kegiatan",
            "keuangan_manual_ref_rek1",
            "keuangan_manual_ref_rek2",
            "keuangan_manual_ref_rek3",
            "keuangan_manual_rinci_tpl",
            "ref_asal_tanah_kas",
            "ref_dokumen",
            "ref_penduduk_bahasa",
            "ref_penduduk_bidang",
            "ref_penduduk_hamil",
            "ref_penduduk_kursus",
            "ref_penduduk_suku",
            "ref_peristiwa",
            "ref_persil_kelas",
            "ref_persil_mutasi",
            "ref_peruntukan_tanah_kas",
            "ref_pindah",
            "ref_status_covid",
            "tweb_aset",
            "tweb_cacat",
            "tweb_cara_kb",
            "tweb_golongan_darah",
            "tweb_keluarga_sejahtera",
            "tweb_penduduk_agama",
            "tweb_penduduk_asuransi",
            "tweb_penduduk_hubungan",
            "tweb_penduduk_kawin",
            "tweb_penduduk_pekerjaan",
            "tweb_penduduk_pendidikan",
            "tweb_penduduk_pendidikan_kk",
            "tweb_penduduk_sex",
            "tweb_penduduk_status",
            "tweb_penduduk_warganegara",
            "tweb_rtm_hubungan",
            "tweb_sakit_menahun",
            "tweb_status_dasar",
            "tweb_status_ktp",
        ),
        LOOKUP,
    ),
}

# Several parents could decide: the first that is not empty does.
OWNERS = {
    "analisis_partisipasi": ("id_master", "id_periode", "id_klassifikasi"),
    "analisis_respon": ("id_indikator", "id_parameter", "id_periode"),
    "dtks_ref_lampiran": ("id_dtks", "id_lampiran"),
}

# When a village joins, tambah_grup_akses() writes rights of every village for its new group too.
TORN = {"grup_akses": "hak akses satu desa untuk grup desa lain: dibuat OpenSID, tak pernah dibaca"}

MENU_SLUG = "menu_slug() in donjo-app/helpers/opensid_helper.php"


def _links_in(table: str) -> tuple[Reference, ...]:
    """Menu links such as `artikel/12`; a slug in the number's place stays a slug."""
    words = {
        r"^artikel/(\d+)$": "artikel",
        r"^kategori/(\d+)$": "kategori",
        r"^data-suplemen/(\d+)$": "suplemen",
        r"^data-(?:kelompok|lembaga)/(\d+)$": "kelompok",
        r"^statistik/50(\d+)$": "program",
    }
    return tuple(
        Reference(table, "link", target, MENU_SLUG, pattern) for pattern, target in words.items()
    )


def _setting(key: str, target: str, source: str, pattern: str = "") -> Reference:
    return Reference("setting_aplikasi", "value", target, source, pattern, when=("key", key))


REFERENCES = (
    Reference("analisis_master", "id_child", "analisis_master", "Analisis_respon_model.php"),
    Reference("analisis_master", "id_kelompok", "kelompok_master", "Analisis_respon_model.php"),
    Reference("area", "ref_polygon", "polygon", "app/Models/Area.php"),
    Reference("dokumen", "id_parent", "dokumen", "app/Models/Dokumen.php"),
    Reference("dokumen", "id_pend", "tweb_penduduk", "app/Models/Dokumen.php"),
    Reference("dokumen", "id_syarat", "ref_syarat_surat", "app/Models/Dokumen.php"),
    Reference("gambar_gallery", "parrent", "gambar_gallery", "app/Models/Galery.php"),
    Reference("garis", "ref_line", "line", "app/Models/Garis.php"),
    Reference("kategori", "parrent", "kategori", "app/Models/Kategori.php"),
    Reference("line", "parrent", "line", "app/Models/Line.php"),
    Reference("menu", "parrent", "menu", "app/Models/Menu.php"),
    Reference("mutasi_cdesa", "cdesa_keluar", "cdesa", "donjo-app/models/Cdesa_model.php"),
    Reference("mutasi_cdesa", "id_persil", "persil", "donjo-app/models/Cdesa_model.php"),
    Reference("pembangunan", "id_lokasi", "tweb_wil_clusterdesa", "app/Models/Pembangunan.php"),
    Reference("pengaduan", "id_pengaduan", "pengaduan", "app/Models/Pengaduan.php"),
    Reference(
        "permohonan_surat",
        "syarat",
        "ref_syarat_surat",
        "donjo-app/models/Permohonan_surat_model.php",
        r'"(\d+)\\?"\s*:',
    ),
    Reference(
        "permohonan_surat",
        "syarat",
        "dokumen",
        "donjo-app/models/Permohonan_surat_model.php",
        r':\s*(?:\\?")?(\d+)',
    ),
    Reference("persil", "cdesa_awal", "cdesa", "app/Models/Persil.php"),
    Reference("point", "parrent", "point", "app/Models/Point.php"),
    Reference("polygon", "parrent", "polygon", "app/Models/Polygon.php"),
    Reference(
        "program_peserta",
        "peserta",
        "kelompok",
        "app/Models/Kelompok.php",
        parent=Parent("program_id", "program", "sasaran", "4"),
    ),
    Reference("setting_modul", "parent", "setting_modul", "app/Models/Modul.php"),
    Reference("statistics", "url_id", "urls", "donjo-app/models/Stat_shortener_model.php"),
    Reference(
        "suplemen_terdata",
        "id_terdata",
        "tweb_penduduk",
        "app/Models/SuplemenTerdata.php",
        when=("sasaran", "1"),
    ),
    Reference(
        "suplemen_terdata",
        "id_terdata",
        "tweb_keluarga",
        "app/Models/SuplemenTerdata.php",
        when=("sasaran", "2"),
    ),
    Reference("teks_berjalan", "tautan", "artikel", "app/Models/TeksBerjalan.php"),
    Reference("tweb_desa_pamong", "atasan", "tweb_desa_pamong", "app/Models/Pamong.php"),
    Reference(
        "tweb_surat_format",
        "syarat_surat",
        "ref_syarat_surat",
        "app/Models/SyaratSurat.php",
        r'"(\d+)"',
    ),
    *_links_in("menu"),
    *_links_in("anjungan_menu"),
    _setting("anjungan_artikel", "kategori", "app/Models/Artikel.php", r'"(\d+)\\?"'),
    _setting("anjungan_profil", "artikel", "donjo-app/controllers/fmandiri/Anjungan.php"),
    _setting("anjungan_slide", "gambar_gallery", "donjo-app/controllers/fmandiri/Anjungan.php"),
    _setting("tampilan_anjungan_slider", "gambar_gallery", "app/Models/SettingAplikasi.php"),
)

AUTHORS = dict.fromkeys(("created_by", "updated_by", "deleted_by"), "user")  # trait Author

# Their foreign key says answer (analisis_parameter), the code writes people and families.
AMBIGUOUS = frozenset(
    {
        ("analisis_partisipasi", "id_subjek"),
        ("analisis_respon", "id_subjek"),
        ("analisis_respon_bukti", "id_subjek"),
        ("analisis_respon_hasil", "id_subjek"),
    }
)

# Numbers of shared lookups or of an enum in the code; no id of a village's row.
HARMLESS = frozenset(
    {
        ("buku_kepuasan", "id_jawaban"),
        ("log_keluarga", "id_peristiwa"),
        *(
            ("tweb_penduduk", column)
            for column in (
                "agama_id",
                "bahasa_id",
                "cacat_id",
                "cara_kb_id",
                "golongan_darah_id",
                "id_asuransi",
                "pekerjaan_id",
                "pendidikan_kk_id",
                "pendidikan_sedang_id",
                "sakit_menahun_id",
                "warganegara_id",
            )
        ),
    }
)

OPENSID = Rules(
    product="OpenSID",
    root="config",
    key="config_id",
    code_column="kode_desa",
    name_column="nama_desa",
    app_key_column="app_key",
    schema_version_sql="SELECT MAX(versi_database) FROM migrasi",
    shared=SHARED,
    owners=OWNERS,
    torn=TORN,
    references=REFERENCES,
    author_columns=AUTHORS,
    ambiguous=AMBIGUOUS,
    harmless=HARMLESS,
    kept_root_id=1,  # Data_awal.php copies parent modules from the village with this id
)
