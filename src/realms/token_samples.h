#pragma once

#include <string>

namespace tern::realms {

// Made with PyJWT 2.6: tokens of ann, in admins and users, from 1700000000 to 1800000000.

inline const std::string kKeys =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"3Hp-LhhypdmDAd5kQC5g7xeuiJI0J1uP2345UkIMqu5WRM4g5-dsCShDj"
    "eVGrCXoXANh5GnDrohG425XH11uhATe3KgNi8swkYd1y0DtLV_QoKb1-w02V96F850xz5yOgBUnOtRAzC06s"
    "urZlrtir9xe6WprrWEmIL1FyaMwMkg37fuZmT-nmNxNNMLPtn5u0g-rGa7zdp8LlLCQGQTLFXb2J3NWLg_D4"
    "6CmwA9_4Y0i9vfSayJCqMeuDMlUsUvAy1PI1eg_Q_DytnUsOvpGXTDS17_2YizAkX0Gt3r1OKETMV3Vvjent"
    "OHXJe2FPs8an_dg08tC5zlIBfLWygec-w\",\"e\":\"AQAB\",\"kid\":\"rsa\",\"use\":\"sig\",\"alg\":"
    "\"RS256\"}"
    ",{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"Em245zFdvLiU7WglbuF2UAeL4cLqRystLAFCD52W9pc\","
    "\"y\":\"-J"
    "tVZmXFCDLL6RaTROE92ZY3Ht7x53mpjZr6s2b9nmA\",\"kid\":\"ec\"},{\"kty\":\"oct\",\"k\":"
    "\"MDEyMzQ1Njc"
    "4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\",\"kid\":\"secret\"}]}";

inline const std::string kShortKeys =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"mZ4JoP8RuhiSpJ44G0xloWIrcFcrWTJF62w5oFHrt-ABFgpUhEIsIwx_y"
    "WP2iF4IW3eNxORpKXYsmQ3CvnHSfWoUaNc23oDuJnd6a1veNVNgPfcU6n7fAgIVcLYOF1EzApJV7FO23wGd5"
    "BXqSeNh351t7EK8TR9UZDlGtbTjE-0\",\"e\":\"AQAB\",\"kid\":\"rsa\"}]}";

inline const std::string kRsaToken =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
    "wbGUuY29tIiwiYXVkIjpbIm90aGVyIiwiYnJva2VyIl0sInN1YiI6ImFubiIsImdyb3VwcyI6WyJhZG1pbnM"
    "iLCJ1c2VycyJdLCJpYXQiOjE3MDAwMDAwMDAsIm5iZiI6MTcwMDAwMDAwMCwiZXhwIjoxODAwMDAwMDAwfQ."
    "ECQiLjS5X3J2f3YqFBgJktw1ieDKKynae3Cu2ad5b_9tjLezeXOYXYuygX9gGchWe17XvKaOWSkjPOwa3Vuq"
    "HW6lXMMDBTvpZJ5gw_MuUfig-1iZVjwgulZIIwOt9kWddI0c8fEWLbTBiF-6zUfjICJ15CY5_D7Rez1gJ4zo"
    "MibSAr5971LZiFzw3O4Prak2Q-W15Z_rcVrcTSpQ-RTCHSdyzwFqWqpf21J3rbO3920DQdaFaROrD6n19cxV"
    "PTczwyBegRYGivDv69Y1-HNXTRZaBx6NSxTC-pX6xa6j8UwW6by8lkC0JdHHzBOvtATsQV2kEGakcCR8XhTs"
    "f6p-wA";

inline const std::string kRsa512Token =
    "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1"
    "wbGUuY29tIiwiYXVkIjpbIm90aGVyIiwiYnJva2VyIl0sInN1YiI6ImFubiIsImdyb3VwcyI6WyJhZG1pbnM"
    "iLCJ1c2VycyJdLCJpYXQiOjE3MDAwMDAwMDAsIm5iZiI6MTcwMDAwMDAwMCwiZXhwIjoxODAwMDAwMDAwfQ."
    "Hgo8DRGLXT6RQZ7lxNkFeCzv-WwSSocCep969Waw6j0PlfXuUXDv7si8vuz_LUrUSGhCHHeUaBx1t4aHi_DU"
    "P4nAtQphfGktMt3BAxKbNdIP4UWAAtcmtgZHl1hLtouB6KrJ8VMXhbYaj8-7dmr8ju1vfCDXgze1UoTkc6Jy"
    "faYaj92M_P9nSLNNJY4KkaVC2NTRvpNm13eQJxWarVCvmWBJjXQpn1W2Xpn_mYDYxhnnC7DPMNaFW9OIhT96"
    "JNG_LzRMVsiDOkgX1VOUp4_D93ukx6LWSkxichV8CGxIakM1P6NhyZc-tDnc3M8AXWcYFe4eT8TnPN1qjR16"
    "6hNzoA";

inline const std::string kEcToken =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1w"
    "bGUuY29tIiwiYXVkIjpbIm90aGVyIiwiYnJva2VyIl0sInN1YiI6ImFubiIsImdyb3VwcyI6WyJhZG1pbnMi"
    "LCJ1c2VycyJdLCJpYXQiOjE3MDAwMDAwMDAsIm5iZiI6MTcwMDAwMDAwMCwiZXhwIjoxODAwMDAwMDAwfQ.9"
    "NdSxAdoK6mrTD5rpCsZYMKxtPE16eK9zs_2A9pzB0lMXDVPTOqBarkf_wXKQEhi1hm5JHRrwNz1XFSUWTEPP"
    "g";

inline const std::string kSecretToken =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6InNlY3JldCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV"
    "4YW1wbGUuY29tIiwiYXVkIjpbIm90aGVyIiwiYnJva2VyIl0sInN1YiI6ImFubiIsImdyb3VwcyI6WyJhZG1"
    "pbnMiLCJ1c2VycyJdLCJpYXQiOjE3MDAwMDAwMDAsIm5iZiI6MTcwMDAwMDAwMCwiZXhwIjoxODAwMDAwMDA"
    "wfQ.w2T4qM_kIvuyTSucgElCkHDReDAXPJ8ruu1xjH9rnfY";

}  // namespace tern::realms
