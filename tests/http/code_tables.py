"""The tables of spec 10, as they stand there."""

_LANGUAGES = """
aa ab af ak sq am ar an hy as av ae ay az ba bm eu be bn bh bi bs br bg my ca ch ce zh zh_HANS
zh_HANT cu cv kw co cr cs da dv nl dz en eo et ee fo fj fi fr fy ff ka de gd ga gl gv el gn gu ht ha
he hz hi ho hr hu ig is io ii iu ie ia id ik it jv ja kl kn ks kr kk km ki rw ky kv kg ko kj ku lo
la lv li ln lt lb lu lg mk mh ml mi mr ms mg mt mn na nv nr nd ng ne nn nb no ny oc oj or om os pa
fa pi pl pt ps qu rm ro rn ru sg sa si sk sl se sm sn sd so st es sc sr ss su sw sv ty ta tt te tg
tl th bo ti to tn ts tk tr tw ug uk ur uz ve vi vo cy wa wo xh yi yo za zu
"""

_STATES = """
AL AK AZ AR AA AE AP CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH
NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY
"""

_FIXED_WORDS = """
search_emails name_change deactivate_logout retire retire_misc retirement_queue retirement_cleanup
retirement_partner_report retirement_partner_report_cleanup cancel_retirement
retirements_by_status_and_date update_retirement_status replace_usernames retire_mailings
third_party_auth_error time_zones email_opt_in me
"""

LANGUAGES = _LANGUAGES.split()
STATES = _STATES.split()
FIXED_WORDS = _FIXED_WORDS.split()
