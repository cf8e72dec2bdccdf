"""A village with something on every public page, as a visitor would find it after a busy year."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from bench.village_rows import fill_village
from tests.fleet import Fleet
from tests.system.nusantara_worn import Dressed

PEOPLE = 400
FIRST = 1_001_000  # first id of bench.village_rows for village 1
OUTLINE = [[[-5.40, 119.40], [-5.395, 119.43], [-5.41, 119.455], [-5.44, 119.44], [-5.435, 119.41]]]
NEWS = (
    ("Panen raya padi di Dusun Utara naik dua kali lipat", "Kelompok tani Sipakatau memanen"),
    ("Posyandu bulan ini melayani seratus balita", "Kader memeriksa berat dan tinggi badan"),
    ("Jalan tani sepanjang 1,2 kilometer selesai dicor", "Warga bergotong royong sejak Senin"),
    ("Lomba baca puisi memperingati hari jadi desa", "Tiga puluh anak sekolah ikut serta"),
    ("Air bersih mengalir ke empat puluh rumah baru", "Sambungan dibiayai dana desa"),
    ("Pelatihan menenun untuk ibu-ibu dimulai pekan depan", "Pendaftaran dibuka sampai Jumat"),
    ("Musyawarah desa menyepakati rencana kerja tahun depan", "Usulan dari lima dusun dibahas"),
)
MENU = (
    ("Profil", "#"),
    ("Pemerintah", "pemerintah"),
    ("Data penduduk", "data-wilayah"),
    ("Statistik umur", "statistik/13"),
    ("Statistik agama", "statistik/3"),
    ("Statistik jenis kelamin", "statistik/4"),
    ("Penerima bantuan", "statistik/bantuan_penduduk"),
    ("Calon pemilih", "dpt"),
    ("Peta", "peta"),
    ("Pembangunan", "pembangunan"),
    ("Lapak", "lapak"),
    ("Pengaduan", "pengaduan"),
    ("Galeri", "galeri"),
    ("Informasi publik", "informasi_publik"),
    ("Produk hukum", "peraturan-desa"),
    ("Analisis", "data_analisis"),
    ("IDM", "status-idm/2024"),
    ("SDGs", "status-sdgs"),
    ("Vaksinasi", "data-vaksinasi"),
    ("Kelompok tani", "data-kelompok/9001"),
    ("Karang taruna", "data-lembaga/9002"),
    ("Data bantuan", "data-suplemen/9001"),
)


def furnish(fleet: Fleet, village: Dressed) -> None:
    """Rows and pictures for every page; once a village."""
    databases = fleet.tools.databases
    fill_village(databases, village.database, people=PEOPLE)
    with databases.connection(village.database) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0, sql_mode = ''")
        for sql, values in _rows():
            cursor.execute(sql, values)
        connection.commit()
    _pictures(village)


def _rows() -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield from _texts()
    yield from _map_rows()
    yield from _groups()
    yield from _money()
    yield (
        "UPDATE config SET lat=-5.42, lng=119.43, zoom=13, path=%s, warna='#24407a', "
        "alamat_kantor='Jalan Poros Bontokassi No. 12', telepon='0418-21212', "
        "email_desa='kantor@desa.test', kode_pos='92261', kantor_desa='kantor.jpg'",
        (json.dumps(OUTLINE),),
    )
    parents: dict[str, int] = {}
    for at, (name, link) in enumerate(MENU):
        parents[name] = 9000 + at
        parent = parents["Profil"] if at in (1, 2, 3, 4, 5) else 0
        yield (
            "INSERT INTO menu (id, config_id, nama, link, parrent, link_tipe, enabled, urut) "
            "VALUES (%s, 1, %s, %s, %s, %s, 1, %s)",
            (9000 + at, name, link, parent, 99 if link == "#" else 1, at),
        )
    yield "UPDATE widget SET enabled = IF(jenis_widget = 1, 1, 2)", ()
    yield (
        "INSERT INTO analisis_indikator (id, config_id, id_master, nomor, pertanyaan, id_tipe, "
        "is_publik) VALUES (9000, 1, 1, '1', 'Sumber air minum?', 1, 1)",
        (),
    )
    yield (
        "INSERT INTO analisis_parameter (config_id, id_indikator, jawaban, nilai, kode_jawaban) "
        "VALUES (1, 9000, 'Sumur', 1, 1), (1, 9000, 'Perpipaan', 2, 2)",
        (),
    )
    yield (
        "UPDATE media_sosial SET enabled = 1, link = CONCAT('https://www.', LOWER(nama), "
        "'.com/desa')",
        (),
    )


def _texts() -> Iterator[tuple[str, tuple[Any, ...]]]:
    article = (
        "INSERT INTO artikel (id, config_id, gambar, gambar1, isi, enabled, tgl_upload, "
        "id_kategori, id_user, judul, headline, slug, tipe, slider, hit) VALUES (%s, 1, %s, %s, "
        "%s, 1, DATE_SUB(NOW(), INTERVAL %s DAY), %s, (SELECT MIN(id) FROM user), %s, %s, %s, "
        "%s, %s, 12)"
    )
    for at, (title, first) in enumerate(NEWS):
        body = f"<p>{first} di balai desa.</p><h2>Rincian</h2>" + "<p>Kegiatan berjalan lancar. "
        body += "Perangkat desa berterima kasih kepada semua yang membantu.</p>" * 4
        body += "<table><tr><th>Dusun</th><th>Hasil</th></tr><tr><td>Utara</td><td>12</td></tr>"
        body += f"</table><p><img src='/desa/upload/artikel/sedang_uji{at % 4}.jpg'></p>"
        kind, category = ("dinamis", FIRST) if at < 6 else ("agenda", 1000)
        picture = f"uji{at % 4}.jpg" if at != 3 else ""
        yield (
            article,
            (9000 + at, picture, "uji1.jpg" if at == 0 else "", body, at * 3 + 1, category)
            + (title, int(at == 0), f"uji-{at}", kind, int(at < 3)),
        )
    yield (
        "INSERT INTO agenda (config_id, id_artikel, tgl_agenda, koordinator_kegiatan, "
        "lokasi_kegiatan) VALUES (1, 9006, DATE_ADD(NOW(), INTERVAL 5 DAY), 'Sekretaris desa', "
        "'Balai desa')",
        (),
    )
    for at in range(4):
        yield (
            "INSERT INTO gambar_gallery (id, config_id, parrent, gambar, nama, enabled, tipe, "
            "urut) VALUES (%s, 1, %s, %s, %s, 1, %s, %s)",
            (9000 + at, 0 if at < 2 else 9000, f"uji{at}.jpg", f"Kegiatan {at + 1}")
            + (0 if at < 2 else 2, at),
        )
    yield (
        "INSERT INTO teks_berjalan (config_id, teks, urut, created_by, status, tipe, tautan) "
        "VALUES (1, 'Kantor desa tutup pada hari libur nasional.', 1, 1, 1, 1, '9001')",
        (),
    )
    yield (
        "INSERT INTO komentar (config_id, id_artikel, owner, komentar, status) VALUES "
        "(1, 9000, 'Daeng Ngalle', 'Semoga <b>panen</b> berikutnya lebih baik.', 1)",
        (),
    )
    for at, name in enumerate(("Abdul Rahman", "Sitti Aminah", "Muh. Yusuf", "Nurhayati")):
        yield (
            "INSERT INTO tweb_desa_pamong (pamong_id, config_id, pamong_nama, pamong_status, "
            "pamong_sex, urut, jabatan_id, kehadiran) VALUES (%s, 1, %s, 1, %s, %s, %s, 1)",
            (9000 + at, name, at % 2 + 1, at, at % 2 + 1),
        )
    yield (
        "INSERT INTO pengaduan (id, config_id, nama, judul, isi, status, ip_address) VALUES "
        "(9000, 1, 'Warga Utara', 'Lampu jalan padam', 'Sudah tiga malam gelap.', 2, '10.0.0.1'), "
        "(9001, 1, 'Warga Selatan', 'Selokan tersumbat', 'Mohon dibersihkan.', 1, '10.0.0.2')",
        (),
    )
    yield (
        "INSERT INTO pengaduan (config_id, id_pengaduan, nama, isi, status, ip_address) VALUES "
        "(1, 9000, 'Kaur umum', 'Petugas datang besok pagi.', 2, '10.0.0.3')",
        (),
    )


def _map_rows() -> Iterator[tuple[str, tuple[Any, ...]]]:
    inner = [[[-5.405, 119.41], [-5.405, 119.43], [-5.42, 119.43], [-5.42, 119.41]]]
    yield (
        "INSERT INTO tweb_wil_clusterdesa (id, config_id, rt, rw, dusun, urut, zoom, path, warna) "
        "VALUES (9000, 1, '0', '0', 'Utara', 1, 13, %s, '#1d7a4d'), "
        "(9001, 1, '0', '001', 'Utara', 1, 13, %s, '#8a2b7a'), "
        "(9002, 1, '-', '001', 'Utara', 1, 13, NULL, NULL)",
        (json.dumps(inner), json.dumps(inner)),
    )
    for table, reference, kind in (
        ("lokasi", "ref_point", "point"),
        ("area", "ref_polygon", "polygon"),
        ("garis", "ref_line", "line"),
    ):
        yield (
            f"INSERT INTO {kind} (id, config_id, nama, parrent, enabled, tipe) VALUES "
            "(9000, 1, 'Umum', 9000, 1, 0), (9001, 1, 'Sarana', 9000, 1, 2)",
            (),
        )
        columns = "lat, lng" if table == "lokasi" else "path"
        values = ("-5.415", "119.42") if table == "lokasi" else (json.dumps(inner[0]),)
        if table == "area":
            values = (json.dumps(inner),)
        yield (
            f"INSERT INTO {table} (config_id, nama, desk, enabled, {reference}, {columns}) VALUES "
            f"(1, %s, 'Dibuka setiap hari', 1, 9001, {', '.join(['%s'] * len(values))})",
            (f"Contoh {table}", *values),
        )
    yield (
        "INSERT INTO pembangunan (id, config_id, id_lokasi, sumber_dana, judul, slug, keterangan, "
        "lat, lng, volume, tahun_anggaran, pelaksana_kegiatan, status, foto, anggaran) VALUES "
        "(9000, 1, 9000, 'Dana Desa', 'Jalan tani Dusun Utara', 'jalan-tani', 'Cor beton', "
        "'-5.41', '119.42', '1.200 m', 2024, 'TPK', 1, 'kecil_uji2.jpg', 250000000)",
        (),
    )
    yield (
        "INSERT INTO pembangunan_ref_dokumentasi (config_id, id_pembangunan, gambar, persentase, "
        "keterangan) VALUES (1, 9000, 'sedang_uji1.jpg', '40%%', 'Pondasi selesai')",
        (),
    )


def _money() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """A budget entered by hand, as the setting `apbdes_manual_input` reads it."""
    for account, work, plan, spent in (
        ("4.1.1.", "", 25_000_000, 20_000_000),
        ("4.2.1.", "", 900_000_000, 850_000_000),
        ("5.1.1.", "00.0000.01", 350_000_000, 300_000_000),
        ("5.2.1.", "00.0000.02", 700_000_000, 420_000_000),
    ):
        yield (
            "INSERT INTO keuangan_manual_rinci (config_id, Tahun, Kd_Akun, Kd_Keg, Kd_Rincian, "
            "Nilai_Anggaran, Nilai_Realisasi) VALUES (1, '2023', %s, %s, %s, %s, %s)",
            (account[:2], work, account, plan, spent),
        )


def _groups() -> Iterator[tuple[str, tuple[Any, ...]]]:
    for at, kind in enumerate(("kelompok", "lembaga")):
        number = 9001 + at
        yield (
            "INSERT INTO kelompok_master (id, config_id, kelompok, deskripsi, tipe) VALUES "
            "(%s, 1, 'Umum', '', %s)",
            (number, kind),
        )
        yield (
            "INSERT INTO kelompok (id, config_id, id_master, id_ketua, nama, slug, keterangan, "
            "kode, tipe) VALUES (%s, 1, %s, %s, %s, %s, '<p>Bertemu tiap Jumat.</p>', "
            "CONCAT('K', id), %s)",
            (number, number, FIRST, f"Sipakatau {kind}", f"sipakatau-{kind}", kind),
        )
        for person, duty in ((FIRST, "1"), (FIRST + 1, "90"), (FIRST + 2, "90")):
            yield (
                "INSERT INTO kelompok_anggota (config_id, id_kelompok, id_penduduk, no_anggota, "
                "jabatan, tipe) VALUES (1, %s, %s, %s, %s, %s)",
                (number, person, str(person % 1000), duty, kind),
            )
    yield (
        "INSERT INTO suplemen (id, config_id, nama, slug, sasaran, keterangan) VALUES "
        "(9001, 1, 'Lansia sendiri', 'lansia', 1, 'Didata tiap tahun')",
        (),
    )
    yield (
        "INSERT INTO suplemen_terdata (config_id, id_suplemen, id_terdata, sasaran) VALUES "
        "(1, 9001, %s, 1), (1, 9001, %s, 1)",
        (str(FIRST), str(FIRST + 1)),
    )
    yield (
        "INSERT INTO produk_kategori (id, config_id, kategori) VALUES (9001, 1, 'Kain')",
        (),
    )
    yield (
        "INSERT INTO pelapak (id, config_id, id_pend, telepon, lat, lng) VALUES "
        "(9001, 1, %s, '081234567890', '-5.41', '119.42')",
        (FIRST,),
    )
    yield (
        "INSERT INTO produk (config_id, id_pelapak, id_produk_kategori, nama, harga, satuan, "
        "potongan, deskripsi, foto) VALUES (1, 9001, 9001, 'Tenun Bira', 350000, 'lembar', 10, "
        "'Ditenun tangan, pewarna alam.', %s)",
        (json.dumps(["uji0.jpg", "uji1.jpg"]),),
    )
    for at, category in enumerate((1, 2, 3)):
        yield (
            "INSERT INTO dokumen (config_id, nama, satuan, kategori, attr, tahun, enabled, "
            "kategori_info_publik, tipe, url) VALUES (1, %s, 'a.pdf', %s, %s, 2024, 1, 1, 1, NULL)",
            (f"Dokumen nomor {at}", category, json.dumps({"jenis_peraturan": "Perdes"})),
        )


def _pictures(village: Dressed) -> None:
    """Landscapes of our own making, where OpenSID looks for pictures."""
    for at in range(4):
        picture = _landscape(at)
        for folder, name in (
            *((kind, f"{size}_uji{at}.jpg") for kind in ("artikel", "galeri") for size in SIZES),
            ("produk", f"uji{at}.jpg"),
        ):
            _save(picture, village.desa / "upload" / folder / name, village.uid)
    _save(_landscape(9), village.desa / "logo" / "kantor.jpg", village.uid)


SIZES = ("kecil", "sedang")


def _landscape(seed: int) -> Image.Image:
    """Hills under a sky; equal seeds give equal pictures."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (880, 540))
    draw = ImageDraw.Draw(picture)
    for y in range(540):
        draw.line((0, y, 880, y), (90 + y // 4, 150 + y // 8, 215 - y // 12))
    draw.ellipse((600 - seed * 90, 60, 680 - seed * 90, 140), (255, 232, 170))
    for hill in range(4):
        top = 220 + hill * 75
        points = [(x, top + dice.randint(-38, 38)) for x in range(-40, 960, 110)]
        green = (30 + hill * 14, 110 - hill * 18 + seed * 6, 70 - hill * 10)
        draw.polygon([(-40, 540), *points, (960, 540)], green)
    return picture


def _save(picture: Image.Image, target: Path, uid: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, "JPEG", quality=70)
    shutil.chown(target, uid, uid)
