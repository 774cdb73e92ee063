#!/bin/sh
# The last line has no newline on purpose; {{ this }} is no template.
exec orders --tabs "	" --quote 'it''s'