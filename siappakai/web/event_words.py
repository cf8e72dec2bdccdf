"""An event's static words as sentences for people; an unknown word is shown as it is."""

from __future__ import annotations

from siappakai.models import Event

SENTENCES = {
    "login": "Masuk ke panel",
    "login_locked": "Akun dikunci sementara setelah beberapa kali salah kata sandi",
    "password_changed": "Mengganti kata sandi",
    "password_reset": "Kata sandi dibuat ulang",
    "user_added": "Pengguna ditambahkan",
    "admin_password_shown": "Melihat kata sandi admin pertama sebuah aplikasi",
    "regency_chosen": "Memilih kabupaten/kota panel ini",
    "batch_checked": "Daftar diperiksa",
    "batch_saved": "Daftar disimpan",
    "batch_started": "Pemasangan dimulai",
    "operation_ordered": "Pekerjaan diminta",
    "region_started": "Pemasangan aplikasi wilayah dimulai",
    "operation_claimed": "Pekerjaan diambil pekerja",
    "operation_queued": "Pekerjaan masuk antrean",
    "operation_running": "Pekerjaan berjalan",
    "operation_succeeded": "Pekerjaan berhasil",
    "operation_failed": "Pekerjaan gagal",
    "operation_errored": "Pekerjaan terhalang",
    "operation_cancelled": "Pekerjaan dibatalkan",
    "version_recorded": "Versi terbukti dan dicatat",
    "template_made": "Cetakan basis data dibuat",
    "image_tried": "Citra rilis dicoba",
    "egress_changed": "Jalan keluar aplikasi diubah",
    "licence_url_changed": "Alamat server lisensi diubah",
    "release_built": "Citra rilis dibangun",
    "server_prepared": "Server disiapkan",
    "subscription_kept": "Token langganan disimpan",
    "subscription_returned": "Token langganan sebelumnya dipakai lagi",
    "subscription_ending": "Token langganan segera berakhir",
    "subscription_ended": "Token langganan berakhir",
}
SUBJECTS = {
    "user": "pengguna",
    "batch": "unggahan",
    "operation": "pekerjaan",
    "instance": "aplikasi",
    "server": "server",
    "regency": "kabupaten/kota",
    "village": "wilayah",
    "region": "wilayah",
}
FIELDS = {
    "rows": "baris",
    "installs": "dipasang",
    "tries": "percobaan",
    "added": "baru",
    "changed": "berubah",
    "same": "sama",
    "wrong": "salah",
    "reason": "sebab",
    "state": "keadaan",
    "version": "versi",
    "operation": "pekerjaan",
    "village": "kode wilayah",
    "regency": "kabupaten/kota",
    "role": "peran",
    "tables": "tabel",
    "seconds": "detik",
    "ends_on": "berlaku sampai",
    "before": "sebelumnya sampai",
    "fingerprint": "sidik",
    "stage": "tahap",
    "kind": "jenis",
    "to": "versi tujuan",
}


def describe_event(event: Event) -> str:
    """What happened, in Indonesian."""
    return SENTENCES.get(event.word, event.word.replace("_", " ").capitalize())


def subject_words(subject: str) -> str:
    """`batch:12` as `unggahan 12`."""
    kind, _, name = subject.partition(":")
    return f"{SUBJECTS[kind]} {name}" if kind in SUBJECTS and name else subject


def field_word(name: str) -> str:
    """A field's name in Indonesian where we have it."""
    return FIELDS.get(name, name.replace("_", " "))
