"""The phrases that the shop example is made of; ``make_shop_tickets.py`` puts them together.

``{p}`` stands for the product, ``{when}`` for a time, ``{n}`` for the order number. All of it was
written for this example: no customer ever said any of it.
"""

from __future__ import annotations

PRODUCTS: tuple[str, ...] = (
    "desk lamp", "kettle", "backpack", "office chair", "yoga mat", "toaster", "rain jacket",
    "bookshelf", "coffee grinder", "bike helmet", "phone case", "garden hose", "wool blanket",
    "water bottle", "alarm clock", "frying pan", "picture frame", "running shoes", "umbrella",
    "keyboard", "board game", "tea set", "sleeping bag", "wall mirror", "headphones", "bath towel",
    "cutting board", "plant pot", "suitcase", "hair dryer", "toolbox", "sunglasses", "door mat",
    "night light", "lunch box", "camping stove",
)  # fmt: skip

PLURALS: frozenset[str] = frozenset({"running shoes", "headphones", "sunglasses"})

LOOKS: tuple[str, ...] = (
    "blue", "red", "black", "small", "large", "green", "white", "grey", "new", "yellow",
)  # fmt: skip

TIMES: tuple[str, ...] = (
    "two weeks ago", "last Tuesday", "on Monday", "three days ago", "at the start of the month",
    "on the 4th", "a week ago", "last Friday", "ten days ago", "yesterday", "on Sunday evening",
    "before the holidays",
)  # fmt: skip

OPENINGS: tuple[str, ...] = (
    "Hello,", "Hi there,", "Good morning,", "Hey,", "Dear team,", "Hi,", "Good evening,",
    "To whom it may concern,", "Hello again,", "Hi shop people,", "Hey folks,", "Greetings,",
    "Excuse me,", "Right,", "So,", "Sorry to bother you,", "Hope you are well.",
    "I never write to shops, but", "Quick one:", "Well,",
)  # fmt: skip

CLOSINGS: tuple[str, ...] = (
    "Thanks!", "Thank you, Maria", "Best wishes, Tom", "Cheers", "Kind regards, A. Novak",
    "Thanks in advance.", "Yours, Priya", "Greetings from Leeds", "Many thanks, Jonas",
    "Have a nice day.", "Please let me know.", "Looking forward to your reply.", "Regards",
    "Bye, Sam", "Thx", "Warm regards, Mrs Okafor", "Let me know what you need from me.", "Ta, Beth",
)  # fmt: skip

CORES: dict[str, tuple[str, ...]] = {
    "delivery": (
        "my {p} still has not arrived, and I paid for it {when}.",
        "where is the {p} I bought {when}?",
        "tracking for the {p} has not moved since it left your warehouse {when}.",
        "the courier says my {p} was delivered, but nobody here has seen it.",
        "I am still waiting for a {p} that should have come {when}.",
        "any news of the parcel with the {p}? It was sent {when}, you told me.",
        "could you tell me when the {p} will get here? It was promised for last week.",
        "nothing in the post again today, so no {p} for me.",
        "the van drove past my house {when} and the {p} went with it.",
        "has the {p} even been shipped? I ordered it {when}.",
        "the delivery of our {p} was put off twice and now the website says nothing at all.",
        "your driver left a card {when}, yet the depot cannot find any {p}.",
    ),
    "return": (
        "I would like to send the {p} back, it does not suit me.",
        "how do I return a {p} I bought {when}? It is unused.",
        "please email me a return label for the {p}.",
        "the {p} is fine, just not what I had in mind, so it is coming back to you.",
        "changed my mind about the {p}. Can you collect it from my door?",
        "my husband already owns a {p}, so I want to give this one back.",
        "is it too late to bring back the {p}? I got it {when}.",
        "the {p} does not fit in our flat and I want to hand it back.",
        "which address do returns go to? I have a {p} to send you.",
        "I unpacked the {p} once, did not like the feel of it and would like to return it.",
        "got the {p} as a gift {when}, but I will not use it. What are the steps to return it?",
        "the size of the {p} is off for me; may I post it back?",
    ),
    "refund": (
        "I sent the {p} back {when} and have not seen my money yet.",
        "when will I be paid back for the {p}?",
        "you confirmed that the {p} reached you {when}, but my bank shows nothing.",
        "the refund for the {p} is short by a few pounds.",
        "still no refund! The {p} has been with you since I posted it {when}.",
        "I was charged twice for a single {p} and want the second payment back.",
        "please give me my money back for the {p} as agreed on the phone.",
        "you owe me for the {p}, which went back {when}.",
        "my card was debited for a {p} that I had called off; kindly reverse it.",
        "the {p} was on offer, you took the full price, so please repay the rest.",
        "it says refunded in your app, yet the cost of the {p} never came back to my account.",
        "I returned one {p} and got a voucher. I want the cash instead.",
    ),
    "damaged": (
        "the {p} arrived with a big crack in it.",
        "I opened the box and the {p} was broken.",
        "my {p} stopped working after one day.",
        "the {p} came {when} and it is scratched all over.",
        "something rattles inside the {p} and it will not work.",
        "the parcel was soaked through, and so is the {p}.",
        "my {p} is falling apart, a seam split {when}.",
        "half of the {p} is dented, see the photo I will attach.",
        "the {p} you sent {when} is faulty, it smells burnt.",
        "a corner of the {p} has snapped off in the post.",
        "there is a hole in the {p} that was certainly not in the picture.",
        "the {p} lasted until I used it {when}, then it simply gave up.",
    ),
    "wrong item": (
        "I ordered a {p}, and what I got is something else entirely.",
        "you sent me someone else's things instead of my {p}.",
        "the box says {p}, but inside there is a pile of socks.",
        "this is not the {p} I chose, it is a different model.",
        "my {p} came in the wrong colour.",
        "there was a mix-up: a stranger's parcel came {when} and my {p} did not.",
        "I picked the {p} in the shop and unpacked a totally different article.",
        "instead of the {p}, I am now the owner of twelve candles.",
        "wrong parcel! I was expecting the {p}.",
        "the label on the carton reads {p}, the contents are not that at all.",
        "someone in your warehouse swapped my {p} for a different thing.",
        "the {p} I received {when} is a size I never asked for.",
    ),
    "cancel": (
        "please cancel the {p}, I no longer need it.",
        "I want to call off my order for a {p}.",
        "can I still stop the {p} from being sent?",
        "I pressed buy by accident, please do not ship the {p}.",
        "forget about the {p} I ordered {when}, I found one elsewhere.",
        "kindly take the {p} off my order before it leaves.",
        "do not send the {p}. My plans have changed.",
        "I ordered the {p} twice by mistake, drop one of them.",
        "is there a way to undo the purchase of the {p} I made {when}?",
        "my daughter ordered a {p} on my account {when}; I want that cancelled.",
        "please withdraw my order of the {p}, payment has not gone out yet.",
        "the {p} takes too long to come, so I would rather cancel it.",
    ),
    "invoice": (
        "could you send me the invoice for the {p}?",
        "I need a receipt for the {p} for my tax return.",
        "the bill for the {p} has my old address on it.",
        "our accountant asks for a proper invoice with VAT for the {p}.",
        "no invoice was in the box with the {p} that came {when}.",
        "the company name is missing on the invoice for the {p}.",
        "please issue the bill for the {p} again, the PDF will not open.",
        "where do I download the receipt of the {p} I paid for {when}?",
        "the invoice lists three of the {p}, I bought one; please correct the paper.",
        "my employer pays for the {p} and wants a stamped bill.",
        "I cannot find the billing document for the {p}.",
        "can the invoice for the {p} be made out to my firm?",
    ),
    "question": (
        "does the {p} come in other colours?",
        "how long is the guarantee on the {p}?",
        "is the {p} suitable for children?",
        "will the {p} be in stock again soon?",
        "how do I clean the {p}?",
        "what is the {p} made of?",
        "could you tell me how heavy the {p} is?",
        "is there a manual for the {p} in Spanish?",
        "what is the difference between the two kinds of {p} you sell?",
        "do you sell spare parts for the {p}?",
        "can the {p} be left outside in winter?",
        "I am thinking of buying a {p}. How big is it exactly?",
    ),
}

WITHOUT_PRODUCT: dict[str, tuple[str, ...]] = {
    "delivery": (
        "my parcel has been on its way for ages.",
        "nothing has come so far, where are my things?",
        "the tracking page just says unknown.",
        "I was at home all day and no courier showed up.",
    ),
    "return": (
        "I want to send everything back, how does that work?",
        "please explain how returns are done.",
        "may I bring my purchase back to the store?",
        "I need a label to post it back to you.",
    ),
    "refund": (
        "where is my money? You got your things back {when}.",
        "my bank has not received the refund yet.",
        "you took the amount twice, pay one back please.",
        "how long until the refund shows on my card?",
    ),
    "damaged": (
        "what you sent me was broken when I opened it.",
        "it fell to pieces the first time I used it.",
        "everything in the box was smashed.",
        "the thing does not switch on at all.",
    ),
    "wrong item": (
        "this is not what I ordered.",
        "you mixed up my parcel with another one.",
        "I unpacked something I have never chosen.",
        "these are the wrong goods altogether.",
    ),
    "cancel": (
        "please cancel my order.",
        "I want out of the order I placed {when}.",
        "stop the shipment, I do not want it any more.",
        "can an order still be called off?",
    ),
    "invoice": (
        "I need a copy of my bill.",
        "the invoice never reached me.",
        "please put our VAT number on the invoice.",
        "where can I find my receipt?",
    ),
    "question": (
        "do you ship to Norway?",
        "are you open on Saturdays?",
        "can I pay on delivery?",
        "is there a discount for students?",
        "how do I change my password?",
        "do you have gift cards?",
    ),
}

ORDER_CLAUSES: tuple[str, ...] = (
    "My order number is {n}.", "Order {n}.", "It is order #{n}.", "(order {n})", "Order no. {n}.",
    "The number on the confirmation is {n}.", "Reference: {n}.", "You will find it under {n}.",
    "Order ID {n}, if that helps.", "This is about order {n}.", "Ref. #{n}", "Number {n} it was.",
    "The order was {n}.", "My confirmation mail says {n}.", "Concerning {n}.",
)  # fmt: skip

HURRY: tuple[str, ...] = (
    "I need this sorted out today.", "It is urgent!", "Please hurry.", "I need it by Friday.",
    "The birthday is tomorrow.", "We leave on holiday in two days, so be quick please.",
    "Please answer as fast as you can.", "This cannot wait.", "It has to be settled before noon.",
    "ASAP please.", "I must have an answer within the hour.", "Time is very short here.",
    "The party is this weekend and I am running out of time.", "Act now, please.",
    "My deadline is tonight.", "Call me back right away.",
)  # fmt: skip

NO_HURRY: tuple[str, ...] = (
    "No rush.", "There is no hurry at all.", "Whenever you have a moment.", "Take your time.",
    "It can wait until next month.", "Not urgent.", "Any time this year will do.",
    "Just wondering, nothing pressing.", "Answer when it suits you.",
    "I am in no hurry whatsoever.", "Please deal with the others first.", "It is not important.",
)  # fmt: skip

MOODS: tuple[str, ...] = (
    "This is ridiculous.", "I am really disappointed.", "I love your shop otherwise.",
    "Honestly, what a mess.", "You have always been great to me.", "I expected better from you.",
    "No hard feelings.", "This is the third time I write.", "I am quite upset about it.",
    "Sorry for the trouble.", "My patience is at an end.", "It is a pity, really.",
    "Your colleague on the phone was lovely.", "I will tell all my friends about this.",
    "What a shame.", "I do not blame you.", "Shame on you!", "I have been a customer since 2019.",
)  # fmt: skip

ASIDES: tuple[str, ...] = (
    "The {other} I got from you last year is still perfect.",
    "By the way, the {other} in the same parcel was fine.",
    "My sister is very happy with her {other}.",
    "I may order a {other} next, if this goes well.",
    "It cost me 39 pounds.",
    "My phone number is 0161 {digits}.",
    "I live on the third floor, flat 12.",
    "The earlier order, {old}, was no problem.",
    "I paid by card.",
    "It was a present for my brother.",
    "My neighbour had the same trouble.",
    "The weather was awful that day.",
    "I tried the chat first, but it kept closing.",
    "My postcode is LS6 2QD.",
    "The box was much too large, too.",
    "I have two dogs and a cat, if that matters.",
    "The newsletter promised 15 percent off.",
    "Not to be mixed up with {old}, which is settled.",
)
