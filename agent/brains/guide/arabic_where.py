"""Arabic wishes about the place to train: this computer, a provider, AutoTrain.

Read by their neighbour ``arabic_wishes``, which says how the patterns are written.
"""

from __future__ import annotations

from luthier.agent.brains.guide.arabic_pieces import PATH

_HERE = r"(?:هذا (?:ال)?(?:حاسوب|جهاز|كمبيوتر)|جهازي|حاسوبي)"
_AT = r"(?:عند|في|لدي|علي|باستخدام)"
_PROVIDER = r"(?P<one>openai|azure|nebius|together|autotrain)"

WHERE: tuple[tuple[str, str], ...] = (
    (
        rf"(?:درب|اضبط|شغل)(?:ه|ها)? (?:علي|في) {_HERE}"
        rf"|(?:عد|ارجع) الي (?:{_HERE}|المحلي)|دربه محليا|محليا",
        "train it on this computer",
    ),
    (
        rf"(?:استخدم|استعمل|اختر|جرب) {_PROVIDER}(?: بدلا(?: من ذلك)?)?",
        "use {one} instead",
    ),
    (rf"(?:درب|اضبط)(?:ه|ها)? {_AT} {_PROVIDER}", "train it at {one}"),
    (
        r"(?:استخدم|خذ|اضبط|درب) (?:ال)?نموذج (?P<model>[\w./:@-]+) "
        rf"(?:{_AT} (?:ال)?(?:مزود|openai|azure)|هناك)",
        "use the model {model} at the provider",
    ),
    (
        rf"(?:ارني|اعرض)(?: لي)? (?:مهامي|وظايفي|تدريباتي|المهام) {_AT} {_PROVIDER}",
        "show my jobs at {one}",
    ),
    (rf"(?:ارني|اعرض)(?: لي)? (?:ملفاتي|الملفات) {_AT} {_PROVIDER}", "show my files at {one}"),
    (rf"(?:ارني|اعرض)(?: لي)? (?:نماذجي|النماذج) {_AT} {_PROVIDER}", "show my models at {one}"),
    (
        rf"(?:احذف|امح) (?:ال)?(?:ملف|ملفات) (?:عند|من|لدي|في) {_PROVIDER}",
        "delete the files at {one}",
    ),
    (
        r"(?:اكتب|احفظ|صدر|انشيء|انشي|اعطني) (?:ال)?(?:مجلد|ملفات|اعدادات) (?:برنامج )?autotrain"
        rf"(?: (?:في|الي)(?: (?:ال)?مجلد)? (?P<path>{PATH}))?",
        "write the AutoTrain folder to {path}",
    ),
    (
        r"(?:ثبت|نزل|احضر|جهز|اعد|انشيء|انشي) (?:(?:ال)?بييه )?(?:ل|لبرنامج |برنامج )?autotrain",
        "install AutoTrain",
    ),
)
