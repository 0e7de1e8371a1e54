"""The languages a person can claim to speak (spec 10, sections 7 and 12)."""

import re

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue

_TABLE = """
aa ab af ak sq am ar an hy as av ae ay az ba bm eu be bn bh bi bs br bg my ca ch ce zh zh_HANS
zh_HANT cu cv kw co cr cs da dv nl dz en eo et ee fo fj fi fr fy ff ka de gd ga gl gv el gn gu ht ha
he hz hi ho hr hu ig is io ii iu ie ia id ik it jv ja kl kn ks kr kk km ki rw ky kv kg ko kj ku lo
la lv li ln lt lb lu lg mk mh ml mi mr ms mg mt mn na nv nr nd ng ne nn nb no ny oc oj or om os pa
fa pi pl pt ps qu rm ro rn ru sg sa si sk sl se sm sn sd so st es sc sr ss su sw sv ty ta tt te tg
tl th bo ti to tn ts tk tr tw ug uk ur uz ve vi vo cy wa wo xh yi yo za zu
"""
LANGUAGES = tuple(_TABLE.split())
_KNOWN = frozenset(LANGUAGES)
_TAG = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?")


def is_language_tag(text: str) -> bool:
    """Whether `text` names a known language, with a script or region if need be: `en`, `es-419`, `zh-cn`."""
    match = _TAG.fullmatch(text)
    return match is not None and match[1].lower() in _KNOWN


def language_proficiencies(value: JsonValue) -> tuple[str, ...]:
    """The rule of `language_proficiencies`: the codes of a list of `{"code"}`, sorted, each once."""
    if not isinstance(value, list):
        raise RuleError("The field language_proficiencies must be a list.", "Choose your languages.")
    codes = [_code(item) for item in value]
    if len(codes) != len(set(codes)):
        raise RuleError("A language is listed twice.", "Choose each language only once.")
    return tuple(sorted(codes))


def _code(item: JsonValue) -> str:
    code = item.get("code") if isinstance(item, dict) else None
    if not isinstance(code, str) or code not in _KNOWN:
        raise RuleError('Each language must be {"code": CODE} with a known code.', "Choose from the languages offered.")
    return code
