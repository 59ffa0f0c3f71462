"""Common knowledge as short multiple choice; the model's likelihood of each answer decides."""

from __future__ import annotations

from luthier.tools.evaluation.abilities.base import Question

KNOWLEDGE: tuple[Question, ...] = (
    Question("What is the capital of France?", "Paris", ("Rome", "Madrid", "Berlin")),
    Question("What is the capital of Japan?", "Tokyo", ("Beijing", "Seoul", "Bangkok")),
    Question("What is the capital of Egypt?", "Cairo", ("Athens", "Tunis", "Baghdad")),
    Question("Which planet is closest to the sun?", "Mercury", ("Mars", "Jupiter", "Neptune")),
    Question("Which planet is the largest?", "Jupiter", ("Earth", "Mars", "Venus")),
    Question("What do bees make?", "Honey", ("Milk", "Silk", "Paper")),
    Question("What gas do plants take in?", "Carbon dioxide", ("Helium", "Neon", "Chlorine")),
    Question("At how many degrees Celsius does water boil?", "100", ("10", "40", "500")),
    Question("How many legs does a spider have?", "Eight", ("Two", "Four", "Ten")),
    Question("How many days has a week?", "Seven", ("Three", "Five", "Nine")),
    Question("How many minutes has an hour?", "Sixty", ("Ten", "Twenty", "Ninety")),
    Question("What is two plus three?", "Five", ("Four", "Seven", "Nine")),
    Question("What is ten minus four?", "Six", ("Two", "Eight", "Fourteen")),
    Question("What is three times four?", "Twelve", ("Seven", "Nine", "Twenty")),
    Question("Who wrote Romeo and Juliet?", "Shakespeare", ("Mozart", "Einstein", "Picasso")),
    Question("Who painted the Mona Lisa?", "Leonardo da Vinci", ("Beethoven", "Newton", "Columbus")),
    Question("Which animal barks?", "A dog", ("A cat", "A cow", "A fish")),
    Question("Which animal gives wool?", "A sheep", ("A snake", "A frog", "A shark")),
    Question("What is frozen water called?", "Ice", ("Steam", "Sand", "Oil")),
    Question("Which season comes after winter?", "Spring", ("Autumn", "Summer", "December")),
    Question("What is the opposite of hot?", "Cold", ("Warm", "Bright", "Loud")),
    Question("What is the opposite of up?", "Down", ("Over", "Left", "Near")),
    Question("What is west of Europe?", "The Atlantic", ("The Pacific", "The Indian", "The Arctic")),
    Question("Which metal is attracted by a magnet?", "Iron", ("Gold", "Wood", "Glass")),
    Question("Which organ pumps the blood?", "The heart", ("The liver", "The skin", "The lungs")),
    Question("In which language is “gracias” said?", "Spanish", ("German", "Russian", "Chinese")),
    Question("What do you use to cut paper?", "Scissors", ("A spoon", "A pillow", "A hammer")),
    Question("Which of these is a musical instrument?", "A violin", ("A ladder", "A carpet", "A window")),
    Question("On which continent is Brazil?", "South America", ("Asia", "Africa", "Europe")),
    Question("What does a thermometer measure?", "Temperature", ("Weight", "Speed", "Sound")),
    Question("What does a baker make?", "Bread", ("Shoes", "Houses", "Cars")),
    Question("Which colour do blue and yellow make?", "Green", ("Red", "White", "Black")),
)  # fmt: skip
