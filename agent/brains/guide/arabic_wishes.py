"""Arabic wishes that carry a value, or mean something only as a whole: exporting, mending, serving.

Each pattern is matched against a whole message, written in the plain letters of its neighbour ``arabic``.
The English beside it is what the guide's readers know, with the user's own words, as they were written,
in place of the names in braces.
"""

from __future__ import annotations

import re
from functools import cache

from luthier.agent.brains.guide.arabic_measuring import MEASURING
from luthier.agent.brains.guide.arabic_pieces import PATH
from luthier.agent.brains.guide.arabic_where import WHERE

_MODEL = r"(?:ال)?(?:نموذج|نتيجه)(?: المضبوط(?:ه)?| المدرب)?"
_IT = rf"(?:ه|ها| {_MODEL})?"
_FORMAT = r"(?:f16|q\d\w*)"
_FORMATS = rf"(?P<formats>{_FORMAT}(?:[ ,]+(?:و ?)?{_FORMAT})*)"
_ADAPTER = r"(?:ال)?(?:مهاييء|مهايي|محول|adapter|lora)"
_MERGED = r"(?:(?:ال)?نموذج )?(?:ال)?مدمو?ج"
_STOP = r"(?:اوقف|اطفيء|اطفي|انه|اغلق)"
_AS = r"(?:الي|ك|بصيغه|في صيغه|علي هييه|علي شكل)"
_EXPORT = rf"(?:صدر|حول|احفظ|استخرج|اريد|اعطني){_IT}"
_DATA = r"(?:ال)?(?:بيانات|صفوف|ملف|اخطاء|مشكلات|مشاكل|عيوب)"
_MEND = r"(?:اصلح|عالج|صحح|نظف)"
_DROP = r"(?:احذف|ازل|اترك|استبعد|اسقط)"
_SESSION = r"(?:هذه )?(?:ال)?(?:جلسه|محادثه)"
_SESSIONS = r"(?:ال)?(?:جلسات|محادثات|جلساتي|محادثاتي)"
_NAMED = r"(?:باسم|بالاسم|تحت اسم)"
_TO = rf"(?: (?:في|الي)(?: (?:ال)?(?:ملف|مجلد))? (?P<path>{PATH}))?"

_WISHES: tuple[tuple[str, str], ...] = (
    # the tuned model taken elsewhere
    (rf"{_EXPORT} {_AS} ?gguf(?: {_AS} {_FORMATS})?", "export to gguf as {formats}"),
    (rf"{_EXPORT} {_AS} ?{_FORMATS}", "export to gguf as {formats}"),
    (rf"{_EXPORT} {_AS} ?(?:(?:ال)?نموذج كامل|{_MERGED}|safetensors)", "export as merged"),
    (rf"{_EXPORT} {_AS} ?(?:ال)?(?:مجلد|مجلد مستقل|مجلد قايم بذاته)", "export as a folder"),
    (rf"{_EXPORT} {_AS} ?{_ADAPTER}", "export the adapter"),
    (r"(?:صدر|استخرج|احفظ|انقل) (?:ال)?(?:مهاييء|مهايي|محول|adapter)", "export the adapter"),
    (
        rf"(?:ادمج|دمج){_IT}(?: (?:ال)?(?:مهاييء|مهايي|محول|adapter))?(?: (?:في|مع) .*)?",
        "merge the model",
    ),
    (rf"(?:صدر|صدره|صدرها|تصدير|نزل|انقل){_IT}", "export it"),
    (
        rf"كيف (?:اشغل|استضيف|استخدم)(?:ه|ها| {_MODEL}) (?:ب|في|مع|علي|باستخدام|بواسطه) ?"
        r"(?P<one>vllm|tgi|transformers|lm studio|llama\.?cpp)",
        "how do i serve it with {one}",
    ),
    (
        r"كيف (?:اصدر|استضيف|اشغل|انشر) .*|(?:ال)?(?:تصدير|استضافه|نشر)|استخدمه في مكان اخر",
        "export it",
    ),
    (
        rf"(?:شغل|استضف|قدم|خدم)(?:ه|ها| {_MODEL})"
        r"(?: (?:هنا|محليا|(?:علي|في) (?:هذا الجهاز|جهازي|حاسوبي|هذا الحاسوب)))?",
        "serve it here",
    ),
    (rf"(?:شغل|استضف|قدم)(?:ه|ها| {_MODEL})? {_AS}? ?(?P<one>{_FORMAT})", "serve it {one}"),
    (r"(?:شغل|ابدا|افتح)(?: ال)? ?(?:خادما|خادم|الخادم)(?: محلي(?:ا)?)?", "start a server"),
    (rf"(?:شغل|استضف|قدم) {_ADAPTER}", "serve the adapter"),
    (rf"(?:شغل|استضف|قدم) {_MERGED}", "serve the merged model"),
    (rf"(?:احذف|امح) {_ADAPTER}", "delete the adapter"),
    (rf"(?:احذف|امح) {_MERGED}", "delete the merged model"),
    (r"(?:احذف|امح) (?:كل |جميع )?(?:ال)?(?:تصديرات|صادرات)", "delete all exports"),
    (rf"{_STOP} (?:كل |جميع )?(?:ال)?خوادم", "stop all servers"),
    (rf"{_STOP} (?:ال)?(?:خادم|استضافه)(?: (?P<one>[\w-]+))?", "stop the server {one}"),
    (
        r"(?:(?:ارني|اعرض|ما هي|ما) )?(?:ال)?(?:تصديرات|خوادم|صادرات|نماذج المصدره|نماذج المستضافه)"
        r"|ماذا صدرت|ما الذي يعمل الان",
        "show exports",
    ),
    (
        r"(?:(?:ارني|اعطني|اكتب)(?: لي)? )?(?:ال)?(?:شيفره|شفره|كود|امثله الاستدعاء|مثال الاستدعاء"
        r"|امر curl|curl)|كيف (?:استدعيه|استدعي النموذج|استخدمه من برنامجي|اصل الي الخادم)"
        r"|(?:ما )?عنوان الخادم",
        "show the code",
    ),
    (
        r"(?:انشر|شغل)(?:ه|ها| ال?نموذج(?: المضبوط)?)? (?:علي|في) (?:azure|ازور)",
        "deploy it at azure",
    ),
    (
        r"(?:انشر|شغل) (?:ال)?نقطه(?: (?:ال)?(?:حفظ|محفوظه))?(?: (?:عند|في))?(?: (?:ال)?خطوه)? "
        r"(?P<one>\d{1,9})(?: (?:علي|في) (?:azure|ازور))?",
        "deploy checkpoint {one} at azure",
    ),
    (r"(?:هو |النموذج )?يجيب (?:باسم|بالاسم|تحت اسم) (?P<name>\S+)", "it answers as {name}"),
    (
        r"(?:احذف|امح|ازل|اوقف) (?:ال)?(?:نشر|نشره)(?: (?P<name>[\w.-]+))?"
        r"(?: (?:علي|في|من) (?:azure|ازور))?",
        "delete the deployment {name}",
    ),
    (
        r"(?:ارني|اعرض) (?:ال)?(?:عمليات النشر|منشورات|نشر)(?: (?:علي|في) (?:azure|ازور))?",
        "show the deployments",
    ),
    (r"(?:افحص|اختبر|قارن) (?:ال)?(?:خادم|نموذج المستضاف|تطابق)", "check the server"),
    (r"(?:احذف|امح) (?:ال)?تصدير (?P<one>\S+)", "delete the export {one}"),
    (rf"(?:احذف|امح) (?P<one>{_FORMAT})", "delete the export {one}"),
    (
        rf"(?:ضع|صدر|انشيء|انشي|اضف|ارسل){_IT} (?:في|الي) ollama(?: {_NAMED} (?P<name>\S+))?",
        "put it into ollama as {name}",
    ),
    (
        rf"(?:انشر|ارفع|ضع|شارك){_IT} (?:علي|في|الي) "
        r"(?:hugging ?face(?: hub)?|hf|(?:ال)?(?:هب|hub))"
        rf"(?: {_NAMED} (?P<name>\S+))?(?P<public> علنا| للجميع| بشكل عام)?",
        "publish it on the hub as {name} {public}",
    ),
    *WHERE,
    # the data doctor
    (rf"{_MEND}(?:ها|هم|ه)?(?: (?:كل شيء|الكل|كلها|جميعها|كل {_DATA}|{_DATA}))?", "mend all"),
    (r"طبق (?:كل|جميع) (?:ال)?(?:علاجات|اصلاحات)|(?:اصلح|طبق) الباقي", "mend all"),
    (
        rf"(?:(?:{_MEND}(?:ها)?|امض|لنمض) )?(?:واحدا واحدا|واحده واحده|واحدا تلو الاخر|واحده تلو الاخري)",
        "mend one by one",
    ),
    (
        r"(?:ارني|اعرض)(?: لي)? (?:ال)?(?:علاجات|اصلاحات|فروق|تغييرات)|(?:ارني )?ماذا ست(?:غير|صلح)"
        r"|قبل وبعد",
        "show the remedies",
    ),
    (
        r"(?:تراجع عن|الغ|تراجع|ابطل) (?:ال|اخر )?(?:اصلاح|علاج|تنظيف|اصلاحات|علاجات)(?: الاخير(?:ه)?)?",
        "undo the mending",
    ),
    (
        rf"(?:(?:افحص|دقق|راجع)(?:ها)?(?: {_DATA}ي?)? (?:مقابل |مقارنه ب|علي )"
        rf"|(?:قارن|قابل) {_DATA}ي? (?:ب|مع ))(?:(?:ال)?ملف )?(?P<path>{PATH})",
        "check the data against {path}",
    ),
    (
        rf"(?:افحص|دقق|راجع|شخص) {_DATA}(?: مره اخري| جيدا| بدقه| فحصا دقيقا)?"
        rf"|ما (?:ال)?(?:خطا|عيب|مشكله) في {_DATA}|ما عيوب {_DATA}|طبيب البيانات|فحص البيانات"
        r"|(?:ابحث عن|جد) (?:ال)?(?:بيانات (?:ال)?شخصيه|مفاتيح|نسخ (?:ال)?متقاربه)",
        "check the data",
    ),
    (rf"(?:اترك|ابق) {_DATA} كما هي|لا تصلح.*", "leave the data as it is"),
    (
        r"(?:اخف|استبدل|احجب|بدل|موه) (?:ال)?(?:بيانات (?:ال)?شخصيه|معلومات (?:ال)?شخصيه|عناوين البريد"
        r"|ارقام الهاتف|ارقام الهواتف)(?: .*)?",
        "replace personal data",
    ),
    (
        rf"{_DROP} (?:ال)?(?:نسخ|صفوف) (?:ال)?(?:متقاربه|متشابهه|شبه المكرره|شبه مكرره|شبه المطابقه)"
        rf"|{_DROP} (?:ال)?اشباه المكررات",
        "drop near copies",
    ),
    (
        rf"{_DROP} (?:(?:ال)?(?:ردود|اجابات|جمل|عبارات) )?(?:ال)?(?:رفض|رافضه|اعتذار)",
        "drop refusals",
    ),
    (rf"{_DROP} (?:ال)?(?:اجابات|ردود) (?:ال)?(?:مقطوعه|مبتوره|ناقصه)", "drop cut answers"),
    (
        r"(?:حل|عالج|ازل|احذف) (?:ال)?(?:تناقضات|تعارضات)|ابق (?:ال)?اجابه الاكثر تكرارا",
        "solve the contradictions",
    ),
    (
        r"(?:احذف|ازل|احجب|اخف) (?:ال)?(?:مفاتيح|اسرار|كلمات السر|كلمات المرور|رموز السريه)(?: و.*)?",
        "remove the secrets",
    ),
    (r"(?:احذف|ازل) (?:ال)?(?:وسوم|وسوم html|html)", "remove html"),
    (rf"{_MEND} (?:ال)?(?:ترميز|حروف المشوهه|احرف المشوهه|حروف المعطوبه)", "fix the encoding"),
    (
        rf"(?:{_MEND}|وحد) (?:كتابه |املاء )?(?:ال)?(?:تصنيفات|فيات|تسميات)",
        "fix the labels",
    ),
    (rf"{_DROP} (?:ال)?(?:تداخل|صفوف المتداخله)(?: .*)?", "remove overlap"),
    (r"(?:تتبع|تعقب) (?:ال)?صف (?:رقم )?(?P<one>[\w:]+)", "trace row {one}"),
    (r"من اين (?:جاء|اتي) (?:ال)?صف (?:رقم )?(?P<one>[\w:]+)", "trace row {one}"),
    (r"طبق (?:العلاج )?(?P<one>[a-z_]+)", "apply {one}"),
    # how rows are dealt
    (
        rf"(?:اعد )?(?:قسم|تقسيم)(?:ها)?(?: {_DATA})? (?:عشواييا|بالقرعه|بالصدفه)|تقسيم عشوايي",
        "split randomly",
    ),
    (
        rf"(?:قسم|تقسيم)(?:ها)?(?: {_DATA})? (?:تصنيفا تصنيفا|بحسب التصنيفات|حسب التصنيفات)",
        "stratify",
    ),
    (rf"(?:قسم|تقسيم)(?:ها)?(?: {_DATA})? (?:بحسب|حسب) (?:ال)?(?:زمن|وقت|تاريخ)", "split by time"),
    (
        rf"(?:قسم|تقسيم)(?:ها)?(?: {_DATA})? (?:بحسب|حسب) (?:ال)?(?:عمود )?(?P<one>.+)",
        "split by {one}",
    ),
    # the rows taken elsewhere, and counted
    (
        rf"(?:صدر|حول|اكتب|احفظ) {_DATA} (?:الي|ل|لبرنامج|بصيغه) ?(?P<program>[A-Za-z][\w -]*?)"
        rf"(?: (?:في|الي)(?: (?:ال)?مجلد)? (?P<path>{PATH}))?",
        "export the data for {program} to {path}",
    ),
    (rf"(?:صدر|تصدير) {_DATA}", "export the data"),
    (
        r"(?:عد|احسب|احص|كم عدد|كم) (?:ال)?(?:رموز|توكنات|رمزا)(?: (?:ل|لنموذج|ب|عند|في)? ?"
        r"(?:النموذج )?(?P<model>[A-Za-z./~][\w./:-]*))?",
        "count the tokens for {model}",
    ),
    # conversations
    (
        rf"(?:سم|اعد تسميه|غير اسم|غير عنوان) {_SESSION}(?: (?:الي|باسم))?(?: ?:)? (?P<title>.+)",
        "rename the session to {title}",
    ),
    (rf"(?:ارشف|ضع في الارشيف|انقل الي الارشيف) {_SESSION}", "archive the session"),
    (rf"(?:اكتب|احفظ|اطبع|اعطني) (?:ال)?نص {_SESSION}{_TO}", "write the transcript to {path}"),
    (rf"صدر {_SESSION}{_TO}", "export the session to {path}"),
    (
        rf"(?:ابحث|فتش) (?:في|عن) {_SESSIONS} (?:عن|حول|التي فيها|فيها) (?P<words>.+)",
        "search the sessions about {words}",
    ),
    (rf"(?:احذف|امح) {_SESSION} (?P<one>[A-Za-z\d-]*\d[\w-]*)", "delete the session {one}"),
    *MEASURING,
    # how the file is read
    (
        r"(?:اقرا|اقراه|افتح|افتحه|خذ|خذه)(?: الملف| البيانات)? (?:علي انه|علي انها|بوصفه|كانه|ك|بصيغه) ?"
        r"(?:ملف )?(?P<one>[A-Za-z][\w .-]*)",
        "read it as {one}",
    ),
    (
        r"(?:(?:اقرا|استخدم|خذ|افتح) )?(?:ال)?(?:ورقه|جدول) (?:المسماه |المسمي )?(?P<one>.+)",
        "sheet {one}",
    ),
    (r"(?:المساعد|المجيب) (?:هو|هي) (?P<one>.+)|تعلم من (?P<other>.+)", "the assistant is {one}"),
    (r"(?:استبدل|اخف|غير|احجب) (?:ال)?(?:اسماء|متحدثين)(?: .*)?", "replace the names"),
    (r"(?:ابق|اترك) (?:ال)?اسماء(?: .*)?", "keep the names"),
    (r"(?:اكتب|ولد|انشيء|انشي) (?:لي )?(?:ال)?(?:اسيله|سوالا)(?: .*)?", "write questions"),
)
_POLITE = r"(?:من فضلك|لو سمحت|رجاء|فضلا)"
_MARKS = r"[\s.,;:!?\"']"
_AROUND = re.compile(
    rf"(?:{_MARKS}|{_POLITE}(?={_MARKS}))*(?P<wish>.*?)(?:{_MARKS}|(?<=[\s,]){_POLITE})*", re.DOTALL
)
_EMPTY = re.compile(r" (?:as|to|for)(?= |$)(?= *$| (?:to|public)\b)")
"""A word that led to a value which was not said."""


def wish_in_english(written: str, plain: str) -> str | None:
    """The English wish that a message makes as a whole, or None.

    Args:
        written: the message, vowel signs taken out.
        plain: the same, letter by letter, in plain letters.
    """
    around = _AROUND.fullmatch(plain)
    start, end = around.span("wish") if around else (0, len(plain))
    for pattern, english in _patterns():
        found = pattern.fullmatch(plain, start, end)
        if found:
            return _filled(english, found, written)
    return None


def _filled(english: str, found: re.Match[str], written: str) -> str:
    values = {
        name: written[slice(*found.span(name))].strip() if value else ""
        for name, value in found.groupdict().items()
    }
    if "other" in values:
        values["one"] = values["one"] or values["other"]
    if re.fullmatch(r"[\d.]+", found.groupdict().get("one") or ""):
        values["one"] = found["one"]  # Arabic digits too
    if values.get("public"):
        values["public"] = "public"
    if "formats" in values:
        values["formats"] = re.sub(r"[,\s]+(?:و\s*)?|،\s*و?", " and ", values["formats"])
    return _EMPTY.sub("", " ".join(english.format(**values).split()))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), english) for pattern, english in _WISHES)
