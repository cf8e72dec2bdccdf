"""Think: which functions, classes and methods of PHP and OpenSID a theme has no business with.

Names are lower case: PHP does not tell capitals apart in them. A name ending in `*` stands for all
that begin so. What stands nowhere here is harmless (text, lists, dates) or the application's own.
Public source: the function reference of the PHP manual, releases 7.4 to 8.4.
"""

from __future__ import annotations

from collections.abc import Mapping

from siappakai.themes.words import words


def _table(groups: Mapping[str, str]) -> dict[str, str]:
    return {name: code for code, words in groups.items() for name in words.split()}


FUNCTIONS = _table(
    {
        "kode-dari-teks": "eval assert create_function __halt_compiler runkit* uopz* compilestring",
        "perintah-sistem": (
            "system exec shell_exec passthru proc_* popen pcntl_* expect_popen mail mb_send_mail"
            " posix_* dl ffi* apache_* virtual w32api* com_* win_shell* win32*"
        ),
        "tulis-berkas": (
            "file_put_contents fwrite fputs fputcsv ftruncate copy rename unlink rmdir mkdir"
            " symlink link chmod chown chgrp lchown lchgrp touch tempnam tmpfile umask"
            " imagepng imagejpeg imagegif imagewebp imagebmp imageavif imagewbmp imagexbm"
            " write_file delete_files force_download xmlwriter_open_uri set_file_buffer"
            " imagegd imagegd2 image2wbmp jpeg2wbmp png2wbmp chroot chdir"
            " xcopy kosongkanfolder forceremovedir updateconfigfile updateappkey updateindex"
            " unggah_file folder_desa masukkan_zip"
            " error_log syslog openlog ftp_* ssh2_* gzopen gzwrite gzputs bzopen bzwrite"
        ),
        "unggah-berkas": "move_uploaded_file is_uploaded_file request_parse_body",
        "teks-tersamar": (
            "gzinflate gzuncompress gzdecode zlib_decode str_rot13 convert_uudecode"
            " bzdecompress lzf_decompress inflate_* unserialize igbinary_unserialize msgpack_unpack"
            " mcrypt_* openssl_decrypt openssl_encrypt sodium_crypto_*"
        ),
        "ubah-server": (
            "putenv apache_setenv ini_alter ini_restore assert_options set_include_path opcache_*"
        ),
        "akses-internet": (
            "curl_* fsockopen pfsockopen socket_* stream_socket_* stream_context_* http_get"
            " http_post* gethostby* dns_* getmxrr checkdnsrr snmp* ldap_* imap_* soap*"
            " stream_wrapper_* stream_filter_* stream_get_* stream_copy_* get_headers get_meta_tags"
            " httppost geturlcontent crawler opendk_api get_external_ip checkwebsiteaccessibility"
            " cek_bisa_akses_site geoip_info getimagesize"
        ),
        "basis-data": (
            "mysqli_* mysql_* pg_* sqlite_* sqlsrv_* oci_* odbc_* dba_* ibase_* db2_* mssql_*"
            " ci_db ref"
        ),
        "baca-berkas": (
            "file_get_contents file fopen readfile fpassthru fread fgets fgetc fgetss fgetcsv"
            " parse_ini_file show_source highlight_file php_strip_whitespace glob scandir opendir"
            " readdir dir readlink simplexml_load_file zip_* gzfile readgzfile bzread exif_*"
            " iptcparse imagecreatefrom* get_file_info get_filenames read_file directory_map"
            " ambilberkas mime_content_type md5_file sha1_file hash_file getmyuid getmypid"
        ),
        "bagian-aplikasi": (
            "getenv env get_defined_constants get_defined_vars get_cfg_var phpinfo phpversion"
            " php_uname php_sapi_name php_ini* ini_get* get_loaded_extensions"
            " get_current_user sys_getloadavg disk_*_space debug_backtrace debug_print_backtrace"
            " get_resources get_included_files get_required_files gethostname net_get_interfaces"
            " config cache event dispatch dispatch_now response auth ci set_session load_class"
            " readline* getopt phpcredits constant app resolve decrypt encrypt session_*"
            " get_app_key blade_inject blade_use"
        ),
        "jawaban-http": "header header_remove setcookie setrawcookie http_response_code"
        " header_register_callback fastcgi_finish_request set_cookie delete_cookie",
        "pengaturan-php": (
            "ini_set error_reporting set_time_limit ignore_user_abort set_error_handler"
            " set_exception_handler register_shutdown_function register_tick_function"
            " spl_autoload_register spl_autoload* mb_internal_encoding setlocale"
            " xml_set_* libxml_set_* output_add_rewrite_var sleep usleep time_nanosleep"
            " time_sleep_until restore_error_handler gc_* class_alias"
            " iterator_apply forward_static_call*"
            " func_overload override_function rename_function extract parse_str mb_parse_str"
            " import_request_variables get_defined_functions shmop_* shm_* sem_* msg_* apc_* apcu_*"
        ),
        "teks-sandi": "base64_decode hex2bin pack unpack convert_uuencode quoted_printable_decode",
        "tampilan-berbeda": "get_browser",
    }
)
# Functions of the tables above that are as good as harmless with the values themes give them.
HARMLESS = frozenset({"setlocale", "mb_internal_encoding", "exif_imagetype", "ini_get"})
# Where they take a function: position of it, -1 for the last.
CALLBACKS: Mapping[str, tuple[int, ...]] = {
    "call_user_func": (0,),
    "call_user_func_array": (0,),
    "forward_static_call": (0,),
    "forward_static_call_array": (0,),
    "array_map": (0,),
    "array_find": (1,),
    "array_find_key": (1,),
    "array_any": (1,),
    "array_all": (1,),
    "array_filter": (1,),
    "array_walk": (1,),
    "array_walk_recursive": (1,),
    "array_reduce": (1,),
    "usort": (1,),
    "uasort": (1,),
    "uksort": (1,),
    "array_diff_ukey": (-1,),
    "array_udiff": (-1,),
    "array_udiff_assoc": (-1,),
    "array_udiff_uassoc": (-1, -2),
    "array_diff_uassoc": (-1,),
    "array_intersect_uassoc": (-1,),
    "array_intersect_ukey": (-1,),
    "array_uintersect": (-1,),
    "array_uintersect_assoc": (-1,),
    "array_uintersect_uassoc": (-1, -2),
    "preg_replace_callback": (1,),
    "mb_ereg_replace_callback": (1,),
    "register_shutdown_function": (0,),
    "register_tick_function": (0,),
    "set_error_handler": (0,),
    "set_exception_handler": (0,),
    "spl_autoload_register": (0,),
    "iterator_apply": (1,),
    "header_register_callback": (0,),
    "ob_start": (0,),
    "with": (1,),
    "tap": (1,),
    "retry": (1,),
    "rescue": (0,),
    "optional": (1,),
    "transform": (1,),
    "once": (0,),
}
# Methods of Laravel's collections that run a function; a text there names one.
RUNNING_METHODS = words(
    "map each filter transform pipe tap flatmap mapwithkeys mapinto maptogroups reduce when unless"
    " macro call callback fromcallable mapspread eachspread pipethrough sort times invoke"
    " invokeargs __invoke bindto bind addfunction usort uasort uksort first last firstorfail sole"
    " chunkwhile tapeach reducespread reducemany reducewithkeys diffusing diffkeysusing"
    " diffassocusing intersectusing intersectassocusing getorput every partition reject contains"
    " some search sum sortby sortbydesc groupby keyby countby unique takeuntil takewhile skipuntil"
    " skipwhile replacematches scan whenempty whennotempty unlessempty unlessnotempty whenisascii"
    " whencontains whencontainsall whenendswith whenexactly whennotexactly whenis"
    " whenstartswith whentest whenisuuid whenisulid"
)
# Of those: their first value is looked at, never run.
LOOKED_AT = words(
    "when unless whencontains whencontainsall whenendswith whenexactly whennotexactly whenis"
    " whenstartswith whentest replacematches"
)
# Of those: a text is the name of a column or a value, only a list or a function is run.
TEXT_IS_NO_FUNCTION = words(
    "every partition reject contains some search sum sortby sortbydesc groupby keyby countby unique"
    " takeuntil takewhile skipuntil skipwhile sort replacematches"
)
# What else hands over a visitor's words.
ASKING_FUNCTIONS = words(
    "request filter_input filter_input_array getallheaders apache_request_headers old"
)
CLASSES = _table(
    {
        "perintah-sistem": "ffi com dotnet process symfony_process",
        "kode-dari-teks": "reflection* runkit* blade bladecompiler xsltprocessor fiber",
        "tulis-berkas": (
            "splfileobject spltempfileobject ziparchive phar phardata xmlwriter file storage"
            " filesystem splfileinfo saveto imagick gmagick"
        ),
        "basis-data": (
            "db pdo* mysql mysqli* sqlite* redis* memcache* swoole* capsule manager schema"
            " querybuilder mongo*"
        ),
        "akses-internet": "http guzzle* client soapclient soapserver curlfile",
        "baca-berkas": (
            "directoryiterator recursivedirectoryiterator filesystemiterator globiterator finfo"
            " domdocument htmldocument xmldocument simplexmlelement xmlreader"
        ),
        "bagian-aplikasi": (
            "artisan crypt config auth session cookie request redirect app cache log queue mail"
            " hash password user usergrup setting route gate event bus"
        ),
        "pengaturan-php": (
            "php_user_filter closure streamwrapper iteratoriterator"
            " callbackfilteriterator recursivecallbackfilteriterator sessionhandler"
        ),
    }
)
METHODS = _table(
    {
        "basis-data": (
            "query simple_query statement unprepared raw whereraw selectraw orderbyraw havingraw"
            " insert insert_batch update update_batch replace_into delete forcedelete truncate"
            " empty_table save create firstorcreate updateorcreate dropifexists"
        ),
        "bagian-aplikasi": (
            "library database dbforge dbutil model driver add_package_path put set_userdata"
            " unset_userdata sess_destroy getconnection newquery newmodelquery getpdo getcontainer"
            " getfacaderoot getfacadeapplication settable setconnection resolveconnection"
            " newquerywithoutscopes withoutglobalscopes withoutglobalscope newinstance"
            " newmodelinstance getengineresolver getfinder composer creator set_item get_vars"
        ),
        "panggilan-dinamis": "__call __callstatic callaction forwardcallto",
        "kode-dari-teks": "evaluatestring compilestring evalblade registerphpfunctions",
        "sertakan-dinamis": "file addlocation addnamespace addextension replacenamespace vars",
        "unggah-berkas": "do_upload do_multi_upload storeas putfile putfileas",
        "perintah-sistem": "shell_exec mustrun",
        "tampilan-berbeda": "user_agent is_robot is_browser is_mobile agent_string referrer",
    }
)
# Names that not every general release has; a theme made for another one fails (tried).
NEWER: Mapping[str, str] = {
    "theme_view": "yang belum ada pada OpenSID umum 2410 dan sebelumnya",
    "menu_tema": "yang belum ada pada OpenSID umum 2408 dan sebelumnya",
    "is_premium": "yang hanya ada pada OpenSID premium",
}
# Settings of PHP that guard the server.
GUARDS = words(
    "open_basedir disable_functions disable_classes auto_prepend_file auto_append_file"
    " allow_url_include allow_url_fopen extension zend_extension include_path sendmail_path"
    " error_log user_ini.filename"
)
VISITOR = frozenset({"$_get", "$_post", "$_request", "$_cookie", "$_files", "$http_raw_post_data"})
CONSTANT_PLACES = words("apppath fcpath basepath viewpath desapath vendorpath storagepath")
STREAMS = ("php://", "data:", "phar:", "zip:", "compress.", "expect:", "glob:", "ftp:", "ssh2.")


def rule_of(name: str, table: Mapping[str, str] = FUNCTIONS) -> str:
    """The code of a name in a table; empty when it stands nowhere."""
    short = name.rpartition("\\")[2].casefold()
    if short in HARMLESS:
        return ""
    if short in table:
        return table[short]
    for pattern, code in table.items():
        if pattern.endswith("*") and short.startswith(pattern[:-1]):
            return code
        if "*" in pattern[1:-1]:
            head, _, tail = pattern.partition("*")
            if short.startswith(head) and short.endswith(tail):
                return code
    return ""
