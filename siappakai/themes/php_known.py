"""Think: the functions, classes and parts of the application that a theme may use without asking.

What stands neither here nor in the tables of php_rules, and is not the theme's own, an admin must
judge. Names are lower case; one ending in `*` stands for all that begin so.
Public sources: the function reference of the PHP manual, releases 7.4 to 8.4; the user guide of
CodeIgniter 3 (helpers); donjo-app/helpers of OpenSID 2408 to 2410; what public themes call.
"""

from __future__ import annotations

from collections.abc import Collection

from siappakai.themes.php_rules import CALLBACKS
from siappakai.themes.words import words

PHP = words(
    "isset empty exit die defined define count sizeof abs acos acosh asin asinh atan atan2 atanh"
    " cos cosh sin sinh tan tanh ceil floor round fmod fdiv intdiv pow fpow exp expm1 log log10"
    " log1p sqrt hypot pi deg2rad rad2deg max min rand mt_rand mt_srand srand mt_getrandmax"
    " getrandmax lcg_value random_int random_bytes base_convert bindec decbin dechex hexdec octdec"
    " decoct number_format money_format is_nan is_finite is_infinite array_* arsort asort compact"
    " current each end in_array key key_exists krsort ksort natcasesort natsort next pos prev"
    " range reset rsort shuffle sort uasort uksort usort addcslashes addslashes base64_encode"
    " bin2hex chop chr chunk_split count_chars crc32 explode hash hash_equals hash_hmac hebrev"
    " html_entity_decode htmlentities htmlspecialchars* get_html_translation_table implode join"
    " lcfirst levenshtein localeconv ltrim md5 metaphone nl2br nl_langinfo ord parse_url print_r"
    " printf quoted_printable_encode quotemeta rtrim sha1 similar_text soundex sprintf sscanf"
    " str_* strcasecmp strchr strcmp strcoll strcspn strip_tags stripcslashes stripos stripslashes"
    " stristr strlen strnatcasecmp strnatcmp strncasecmp strncmp strpbrk strpos strrchr strrev"
    " strripos strrpos strspn strstr strtok strtolower strtoupper strtr strval substr substr_*"
    " trim ucfirst ucwords uniqid utf8_decode utf8_encode vprintf vsprintf wordwrap urlencode"
    " urldecode rawurlencode rawurldecode http_build_query ctype_* mb_* iconv iconv_* grapheme_*"
    " normalizer_* gettext ngettext preg_* boolval doubleval floatval intval settype gettype"
    " get_debug_type is_array is_bool is_callable is_countable is_double is_float is_int"
    " is_integer is_iterable is_long is_null is_numeric is_object is_real is_resource is_scalar"
    " is_string is_a is_subclass_of var_dump var_export debug_zval_dump serialize get_class"
    " get_parent_class get_called_class get_object_vars class_exists enum_exists interface_exists"
    " trait_exists method_exists property_exists function_exists extension_loaded func_get_arg"
    " func_get_args func_num_args spl_object_hash spl_object_id iterator_count iterator_to_array"
    " json_* bc* gmp_* date* checkdate getdate gettimeofday gmdate gmmktime gmstrftime hrtime"
    " idate localtime microtime mktime strftime strptime strtotime time timezone_* cal_* easter_*"
    " easter_date gregoriantojd jddayofweek jdmonthname jdtogregorian numfmt_* intlcal_* intltz_*"
    " collator_* locale_* msgfmt_* transliterator_* version_compare filter_* ob_* flush"
    " headers_sent headers_list trigger_error user_error error_get_last error_clear_last basename"
    " dirname pathinfo realpath fnmatch is_file is_dir is_readable is_writable is_link file_exists"
    " filemtime filectime filesize clearstatcache fclose feof fseek ftell rewind closedir"
    " sys_get_temp_dir ip2long long2ip inet_pton inet_ntop memory_get_usage memory_get_peak_usage"
    " parse_ini_string _ mb_internal_encoding setlocale ini_get exif_imagetype"
    " restore_exception_handler libxml_clear_errors libxml_get_errors ini_parse_quantity"
    " get_resource_type"
)
APPLICATION = words(
    # CodeIgniter's, Laravel's and OpenSID's, for views
    "base_url site_url current_url uri_string index_page anchor anchor_popup mailto safe_mailto"
    " auto_link prep_url url_title heading ul ol img doctype link_tag meta br nbs lang element"
    " elements random_element form_* set_value set_select set_checkbox set_radio validation_errors"
    " html_escape remove_invisible_characters xss_clean strip_image_tags encode_php_tags"
    " sanitize_filename valid_email word_limiter character_limiter word_censor highlight_phrase"
    " word_wrap ellipsize convert_accented_characters ascii_to_entities entities_to_ascii"
    " nl2br_except_pre auto_typography entity_decode trim_slashes strip_slashes strip_quotes"
    " quotes_to_entities reduce_double_slashes reduce_multiples alternator repeater random_string"
    " singular plural camelize humanize underscore now mdate timespan days_in_month mysql_to_unix"
    " unix_to_human human_to_unix nice_date date_range byte_format config_item is_https is_php"
    " show_404 get_instance e asset asset_url url route secure_url csrf_field csrf_token"
    " method_field collect data_get data_set head last blank filled today str __ trans"
    " trans_choice class_basename optional tap with value when old request view theme_view"
    " theme_asset theme_config theme_active theme setting identitas kades sekdes session ci_route"
    " menu_tema createdropdownmenu menu_slug getwidgetsetting sebutandesa get_identitas"
    " favico_desa gambar_desa logodesa to_base64 ambilfoto ambilfotoartikel ambilgaleri"
    " foto_default home_noimage ambilversi currentversion sinergi_program sdgs idm"
    " daftar_statistik get_dynamic_title_page_from_path cek_koneksi_internet cek_lokasi_peta"
    " tidak_ada_data potong_teks buat_slug hit rupiah rupiah2 rupiah3 rupiah24 to_rupiah rp ribuan"
    " persen persen2 persen3 koma comma bilangan number_to_words to_word terjemahkanterbilang"
    " tgl_indo* date_indo shortdate_indo mediumdate_indo longdate_indo bulan bulan2 medium_bulan"
    " short_bulan bulan_array bulan2_array bulan_romawi getbulan nama_bulan hari get_hari tahun"
    " waktu_ind kuartal kuartal2 get_kuartal rev_tgl formattanggal umur usia jecho selected"
    " compared_return date_is_empty penetration penetration1 unpenetration spaceunpenetration"
    " ununderscore set_ucwords set_words uclast fixtag ftampiltgl format_telpon"
    " strreplacearrayrecursive nested_array_search alfanumerik alfanumerik_spasi alfa_spasi"
    " bilangan_titik bilangan_spasi nama nama_desa judul alamat email bersihkan_xss invalid_tags"
    " gelar pecah_nama_gelar sensor_nik_kk sensoremail parsedown get_antrian ikut_case"
    " padded_string_* teks_berjalan buat_class show_zero_as luas caseword d dd dump calculate_days"
    " calculate_date_intervals generator"
)
# Blade's words as blade.py writes them: OpenSID runs those it knows, the others stay text.
BLADE = words("blade_*")
FUNCTIONS = PHP | APPLICATION | BLADE | frozenset(CALLBACKS)
CLASSES = words(
    "illuminate\\support\\str illuminate\\support\\arr illuminate\\support\\collection"
    " illuminate\\support\\carbon illuminate\\support\\stringable illuminate\\support\\htmlstring"
    " carbon\\carbon carbon\\carbonimmutable carbon\\carbonperiod carbon\\carboninterval datetime"
    " datetimeimmutable datetimeinterface dateinterval dateperiod datetimezone numberformatter"
    " intldateformatter messageformatter collator locale normalizer stdclass arrayobject"
    " arrayiterator iteratoraggregate splstack splqueue splobjectstorage splfixedarray"
    " splpriorityqueue splminheap splmaxheap countable traversable iterator arrayaccess"
    " jsonserializable stringable exception error errorexception typeerror valueerror"
    " argumentcounterror arithmeticerror divisionbyzeroerror jsonexception runtimeexception"
    " logicexception invalidargumentexception domainexception lengthexception outofrangeexception"
    " outofboundsexception rangeexception overflowexception underflowexception"
    " unexpectedvalueexception badfunctioncallexception badmethodcallexception"
)
# A class of the application → what of it a theme may call.
STATIC_METHODS = {"web_controller": frozenset({"fallback_default"})}
# Whoever writes a class under these names means the application's.
NEVER_OWN = ("app\\", "illuminate\\", "ci_", "my_", "opendk\\", "modules\\")
NEVER_OWN_ENDS = ("_model", "_controller", "_helper", "model", "facade")
# Of the controller that shows the page: what a theme reads, and what it may talk to.
PARTS = words(
    "load uri session input setting security theme theme_folder router config lang"
    " web_widget_model web_menu_model keuangan_model num_page header controller"
)

# What functions hand out → what a theme may ask it; its properties are data.
ASKED = {
    "request": words(
        "is url fullurl segment segments path input get query has filled ip method routeis root"
        " string integer boolean"
    ),
    "view": words("make exists render with"),
    "url": words("current previous to full"),
    "session": words("get has flashdata"),
    **dict.fromkeys(words("kades sekdes identitas theme get_identitas"), words("toarray")),
}
MODEL_METHODS = words("get_setting get_widget_aktif menu_aktif rp_apbd r_pd r_bd")


def is_known_function(name: str, own: Collection[str]) -> bool:
    """Harmless by itself, or written out in the theme and so judged there."""
    plain = name.rpartition("\\")[2].casefold()
    return plain in own or _stands_in(plain, FUNCTIONS)


def is_known_class(names: Collection[str], own: Collection[str]) -> bool:
    """`names`: what a class may be called in full, seen from where it is used, in lower case."""
    return all(
        each in CLASSES or (each in own and not _is_the_applications(each)) for each in names
    )


def _is_the_applications(name: str) -> bool:
    return name.startswith(NEVER_OWN) or name.endswith(NEVER_OWN_ENDS)


def _stands_in(name: str, table: Collection[str]) -> bool:
    if name in table:
        return True
    return any(each[-1] == "*" and name.startswith(each[:-1]) for each in table)
