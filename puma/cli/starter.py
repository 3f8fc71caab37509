"""The commented `puma.toml` that `puma init` writes."""

STARTER = """\
# Settings of PUMA. Environment variables PUMA_<SECTION>__<KEY> win over this file.

[facility]
name = "Example Photon and Neutron Source"      # printed on pages and reports
code = "EPNS"                                   # short name; it prefixes codes

[database]
url = "sqlite:///puma.db"                       # or postgresql+psycopg://user@host/name

[search]
url = "embedded:"                               # in the files folder; or OpenSearch: https://search.example.org:9200

[files]
folder = "files"                                # PDFs, snapshots, index

[access]
local_role = "admin"                            # of whoever sits at this machine, until `puma user add` made an account
# public_url = "https://puma.example.org"       # how people reach it, when it is served to others
# contact = "user office, room 101"             # whom to ask for rights

# Sources: one paragraph each; `puma harvesters` lists what can be read and every setting.
#
# [[source]]
# name = "user_office"
# harvester = "tables"                          # a folder of CSV files, or one XLSX
# path = "tables"
# precedence = 10                               # where sources disagree, the lower number wins
#
# [[source]]
# name = "library"
# harvester = "oai_pmh"
# url = "https://library.example.org/oai"
# metadata_prefix = "marcxml"
# expect_min = 1000                             # fewer: stop, keep the old state, say so
# schedule = "daily"                            # hourly, daily, weekly or a cron string in UTC
"""
