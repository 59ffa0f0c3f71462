"""Arabic wishes about what is measured: alternatives, other models, judges, schemas, own measures.

Read by their neighbour ``arabic_wishes``, which says how the patterns are written.
"""

from __future__ import annotations

from luthier.agent.brains.guide.arabic_pieces import ANSWERS, EACH, FILE, PATH

_ADD = r"(?:قارن|قي?س|اضف|جرب)"
_BY = r"(?:ب|علي |وفق |حسب |بحسب |مقابل |باستخدام |من خلال |في ضوء )"
_SCHEMA = r"(?:ال)?(?:مخطط|سكيما|schema)(?:ي)?(?: (?:ال)?(?:json|جيسون))?"
_DATABASE = r"(?:(?:ال)?قاعده (?:ال)?(?:بيانات(?:ي)?)|قاعدتي)"
_QUERIES = r"(?:ال)?(?:استعلامات|استعلام|اوامر|اجابات|sql)(?: (?:ال)?sql)?"
_PATTERN = r"(?:ال)?(?:نمط|تعبير (?:ال)?نمطي|تعبير (?:ال)?منتظم|regex)"
_MUST = r"(?:يجب|ينبغي|لا بد|لابد|اريد)(?: من)?(?: ان)?"
_FIT = r"(?:تطابق|توافق|تتوافق مع)"
_SIGNS = r"(?P<one>.*[\\^$\[\]().*+|].*)"
"""Words that look like a regular expression."""
_OWN = r"مقياسي(?: الخاص)?"
_JUDGE = (
    rf"(?:(?:دع|اجعل|حكم|ليحكم|استعن ب)|(?:احكم علي|احكم في|قيم) {ANSWERS} ب) ?(?:ال)?(?:نموذج )?"
    r"(?P<model>[\w./:-]+) (?:علي|في|عند) (?P<path>https?://[^\s,،]+)"
    rf"(?: (?:يحكم|ليحكم|يقيم|ليقيم|للحكم|لتقييم|في)(?: (?:علي|بين|في))?(?: {ANSWERS})?)?"
)
_RUBRIC = (
    r"[,،]? (?:وفق|حسب|بحسب) (?:هذا )?(?:ال)?(?:معيار|معايير)(?: (?:ال)?(?:اتي|تالي))? ?: ?"
    r"(?P<words>.+)"
)
_SHOW = r"(?:ارني|اعرض|قي?س|اضف|استخدم|احسب)(?: لي)?(?: ايضا)?(?: (?:ال)?مقياس)?"
_ALSO = r"(?: ايضا| كذلك)?"
_MORE = (
    ("macro-f1", r"macro[- _]?f1|f1"),
    ("chrf", r"chrf"),
    ("rouge", r"rouge(?:[- _]?l)?|روج"),
    ("meaning", r"(?:تشابه|تقارب|قرب) (?:ال)?(?:معني|معاني)|(?:ال)?تشابه (?:ال)?دلالي"),
    ("exact match", r"(?:ال)?(?:تطابق|مطابقه) (?:ال)?(?:تام|تامه|حرفي|حرفيه)"),
    ("format rules", r"(?:ال)?(?:التزام (?:ال)?شكل|قواعد (?:ال)?شكل|صحه (?:ال)?شكل)"),
    ("refusals", r"(?:ال)?(?:امتناع|رفض)"),
    ("schema validity", r"(?:ال)?(?:صحه|مطابقه) (?:ال)?مخطط"),
)
"""Measures in the English of ``understand_measuring``."""

MEASURING: tuple[tuple[str, str], ...] = (
    (
        r"(?:قارن|قارنه|قي?س) (?:مع|ب)? ?(?:كل شيء|كل البدايل|جميع البدايل|البدايل كلها)",
        "compare with everything",
    ),
    (rf"{_ADD} (?:مع |ب)?(?:ال)?استرجاع(?: ايضا)?", "add retrieval"),
    (
        rf"(?:استخدم|استعمل|خذ|جرب) (?:ال)?(?:مرمز|مرمزي)(?: (?:ال)?جمل)?(?: (?:في|من))? ?{FILE}",
        "use the encoder in {path}",
    ),
    (rf"{_ADD} (?:مع |ب)?(?:ال)?استرجاع (?:من|في) ?{FILE}", "look things up in {path}"),
    (rf"{_ADD} (?:مع |ب)?(?:ال)?امثله في الموجه(?: ايضا)?", "add few-shot"),
    (rf"{_ADD} (?:مع |ب)?(?:ال)?تعليمات(?: في الموجه)?(?: ايضا)?", "add instructions"),
    (
        rf"(?:ابحث|فتش|استرجع) (?:في|من) (?:ال)?(?:مستنداتي|وثايقي|مستندات|وثايق|مجلد|ملف)?(?: في)? ?"
        rf"(?P<path>{PATH})",
        "look things up in {path}",
    ),
    (
        r"(?:قارن|قي?س|اضف|جرب)(?:ه|ها)?(?: مع| ب)? ?(?:كل |جميع )?(?:ال)?نقاط"
        r"(?: (?:ال)?(?:حفظ|محفوظه))?",
        "compare with all checkpoints",
    ),
    (
        r"(?:قارن|قي?س|اضف|جرب)(?:ه)?(?: مع| ب)? ?(?:ال)?نقطه(?: (?:ال)?(?:حفظ|محفوظه))?"
        r"(?: (?:عند|في))?(?: (?:ال)?خطوه)? (?P<one>\d{1,5})",
        "compare with checkpoint {one}",
    ),
    (
        r"(?:قارن|قي?س|اضف)(?:ه)?(?: مع| ب)? ?(?:ال)?(?:تدريب|مهمه|نقطه)(?: (?:ال)?(?:اخر|اخري))? "
        r"(?P<one>[A-Za-z0-9]{6,}(?::\d+)?)",
        "compare with training {one}",
    ),
    (
        r"(?:اقيم|قيم|اريد ان اقيم|دعني اقيم|دعني احكم علي|احكم علي) (?:ال)?(?:اجابات|ازواج)"
        r"(?: (?:بنفسي|دون معرفه .*|بلا معرفه .*|معصوبه|بنفسي دون .*))?",
        "rate the answers blind",
    ),
    (rf"{_JUDGE}{_RUBRIC}", "let {model} at {path} judge the answers by this rubric: {words}"),
    (_JUDGE, "let {model} at {path} judge the answers"),
    (
        r"(?:قارن|قي?س|اضف|اسال)(?:ه)?(?: مع| ب)? ?(?:ال)?نموذج (?P<model>[\w./:-]+) (?:علي|في|عند) "
        r"(?P<path>https?://\S+)",
        "compare with model {model} at {path}",
    ),
    (
        rf"(?:احسم|قرر|احكم بالنتيجه|اجعل الحكم|اعتمد في الحكم) (?:ب|علي |ل)?{_OWN} ?{FILE}",
        "decide by my own measure {path}",
    ),
    (
        rf"(?:قي?س|احكم|قيم)(?:ها)?(?: {ANSWERS})? (?:ب|علي )?{_OWN} ?{FILE}",
        "measure by my own measure {path}",
    ),
    (
        rf"(?:(?:افحص|تحقق من|اختبر|دقق|قي?س|قيم|احكم علي|طابق)(?: {ANSWERS})?{EACH} {_BY}{_SCHEMA}"
        rf"|{_MUST} {_FIT} {ANSWERS} {_SCHEMA}|(?:(?:هذا )?(?:هو )?{_SCHEMA}(?: هو)?|استخدم {_SCHEMA}))"
        rf" ?:? ?{FILE}",
        "check the answers against my schema {path}",
    ),
    (
        rf"(?:(?:نفذ|شغل|جرب|اختبر|افحص|قي?س)(?: {_QUERIES})?{EACH} {_BY}{_DATABASE}"
        rf"|(?:نفذ|شغل|جرب|اختبر|افحص) {_QUERIES} (?:في|علي)(?: {_DATABASE})?"
        rf"|(?:هذه )?(?:هي )?{_DATABASE}(?: هي)?|استخدم {_DATABASE}) ?:? ?{FILE}",
        "run the sql on my database {path}",
    ),
    (
        rf"(?:{_MUST} {_FIT} {ANSWERS}|{ANSWERS} {_MUST} {_FIT})(?: {_PATTERN})? ?:? ?(?P<one>.+)"
        rf"|{_MUST} تكون {ANSWERS} (?:علي|وفق) {_PATTERN} ?:? ?(?P<other>.+)",
        "answers must match {one}",
    ),
    (
        rf"(?:(?:افحص|قي?س|احسب)(?: {ANSWERS})? ب|(?:اضف|استخدم|قي?س|احسب) )(?:مطابقه )?"
        rf"{_PATTERN} ?:? ?{_SIGNS}",
        "answers must match {one}",
    ),
    *((rf"{_SHOW} (?:{arabic}){_ALSO}", f"show {english} too") for english, arabic in _MORE),
    (r"(?:تكلف|تكلفه|كلفه|سعر) (?:ال)?ساعه(?: هي)? (?P<one>[\d.]+)", "an hour costs {one}"),
    (
        r"(?:كلف|كلفه|تكلفه) (?:اعداد|تحضير|تجهيز) (?:ال)?بيانات(?: هي)? (?P<one>[\d.]+)",
        "preparing the data cost {one}",
    ),
    (
        r"(?:تكلف (?:ال)?استضافه|(?:كلفه|تكلفه) (?:ال)?استضافه(?: هي)?|يكلف (?:ال)?خادم)"
        r" (?P<one>[\d.]+)(?: دولار(?:ا)?)? (?:في|ل)(?: ?كل)? ?(?:ال)?ساعه",
        "hosting costs {one} an hour",
    ),
    (
        r"(?:شغل|استخدم|اسال|جرب) lm[- _]?eval (?:(?:علي|مع|عن|ب) ?)?"
        r"(?:(?:ال)?(?:مهمه|ملف) )?(?P<one>\S.*)",
        "run lm-eval on {one}",
    ),
    (r"(?:موجهي|تعليماتي)(?: هو| هي)?\s*[:=]\s*(?P<words>.+)", "my prompt is: {words}"),
)
