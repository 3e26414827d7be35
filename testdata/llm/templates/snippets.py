"""Small templates, one idea each; reference.py renders them with transformers' own environment."""

# What the snippets can see, beside what every chat template is given.
VARIABLES = {
    "text": "Hello, Wörld",
    "words": "  the quick\tbrown \n fox  ",
    "empty": "",
    "number": 7,
    "negative": -3,
    "real": 2.5,
    "yes": True,
    "no": False,
    "nothing": None,
    "numbers": [3, 1, 2, 3],
    "names": ["Ann", "bob", "Cid"],
    "nested": [[1, 2], [3, [4, 5]], []],
    "person": {"name": "Ann", "age": 30, "tags": ["a", "b"], "items": "shadowed", "none": None},
    "people": [
        {"name": "Ann", "age": 30, "home": {"city": "Rome"}},
        {"name": "bob", "age": 25, "home": {"city": "Oslo"}},
        {"name": "Cid", "age": 30, "home": {"city": "Bern"}},
    ],
    "tool": {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get \"weather\" for a <city> & more\n",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "n": 1.0},
        },
    },
    "unicode": "naïve 日本 👩‍💻 ǅ ß",
}

EXPRESSIONS = r"""
number + 1
number - 10
number * 3
number / 2
number // 2
negative // 2
negative % 5
number % -4
real // 2
-real % 2
2 ** 10
2 ** -1
2 ** 0.5
-2 ** 2
2 ** 3 ** 2
7 / 0
7 // 0
7 % 0
1e3
1.5e-7
12345678901234567.0
1e16
1e15
0.1 + 0.2
0.0001
0.00001
-0.0
1_000_000
0x1f
0b101
0o17
0
true
false
none
True + 1
None
"a" "b" 'c'
"tab\tnew\\n\x41\u00e9\U0001F600"
'it\'s'
"\q"
text ~ number ~ none ~ true ~ 1.0
text + 1
"a" * 3
3 * "ab"
"a" * -1
[1] * 2
[1, 2] + [3]
(1,) + (2, 3)
[1] + (2,)
"a" + "b"
1 + "b"
"b" + 1
undefined_name
undefined_name + 1
undefined_name ~ "x"
undefined_name.foo
undefined_name["foo"]
person.missing
person.missing.deeper
person["missing"]
person.missing is defined
nothing.foo
number.foo
not undefined_name
undefined_name == other_undefined
undefined_name == none
undefined_name or "default"
undefined_name and "x"
"a" if no
"a" if no else "b"
"a" if yes else "b"
("a" if no) is defined
1 if no else 2 if no else 3
number == 7 and real > 2
no or nothing or "last"
no or nothing
yes and empty
not yes
not not 1
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
"abc" < "abd"
"Z" < "a"
"é" > "z"
1 < "a"
none < 1
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 2) == (1, 2)
[1, 2] == (1, 2)
{"a": 1} == {"a": 1.0}
{"a": 1, "b": 2} == {"b": 2, "a": 1}
1 == 1.0
1 == true
"1" == 1
none == none
1 != 2
"ell" in text
"x" not in text
1 in numbers
1 in text
none in [none]
"name" in person
"Ann" in person
["a"] in person
2 in (1, 2)
"x" in undefined_name
1 in 5
not 1 in numbers
numbers[0]
numbers[-1]
numbers[9]
numbers[1:]
numbers[:-1]
numbers[::2]
numbers[::-1]
numbers[-2:]
numbers[5:]
numbers[3:1]
numbers[2:0:-1]
numbers[-100:100]
numbers[1:3][0]
text[0]
text[-1]
text[1:4]
text[::-1]
text[7:]
text[8]
unicode[6:8]
unicode[9]
text[100]
text[:100:3]
number[0]
none[1:2]
numbers["a"]
numbers[1.0]
numbers[true]
person[["a"]]
numbers[::0]
numbers.0
person.name
person["name"]
person["items"]
person.items()
person.items() | list
person.keys()
person.values() | list
person.get("name")
person.get("x")
person.get("x", 5)
person.keys() | list
"name" in person.keys()
person | length
person
nested
[]
()
(1,)
(1, "a", none)
{}
{"a": [1, {"b": none}], 2: true, 1.5: 'x'}
["it's", 'say "x"', 'both \' "', "new\nline", "é", "\x00\x7f", "\\"]
[1.0, 1e20, -0.5, true]
[undefined_name]
{"a": 1, "a": 2}
{1: "a", 1.0: "b", true: "c"}
{[1]: 2}
text.upper()
text.lower()
text.title()
"it's a they're x1y".title()
text.capitalize()
"hELLO wORLD".capitalize()
text.swapcase()
words.strip()
words.lstrip()
words.rstrip()
"xxaxx".strip("x")
"xyaxy".lstrip("yx")
"abc.md".rstrip(".md")
"  a  ".strip(none)
words.split()
words.split(none, 1)
words.rsplit(none, 1)
"a,b,,c".split(",")
"a,b,c".split(",", 1)
"a,b,c".rsplit(",", 1)
"a,b,c".split(",", maxsplit=1)
"</think>x</think>y".split("</think>")[-1]
"".split(",")
"".split()
"abc".split("")
"a\nb\r\nc\n".splitlines()
"a\nb\r\nc\n".splitlines(true)
text.startswith("He")
text.startswith(("x", "H"))
text.endswith("ld")
text.endswith("x")
text.startswith("llo", 2)
text.startswith(1)
text.replace("l", "L")
text.replace("l", "L", 1)
"abc".replace("", "-")
"abc".replace("", "-", 2)
text.find("o")
text.find("rld")
text.find("zz")
text.rfind("l")
text.index("W")
text.index("zz")
text.count("l")
"aaaa".count("aa")
"abc".count("")
", ".join(names)
", ".join([1])
"-".join("abc")
"a-b-c".partition("-")
"a-b-c".rpartition("-")
"abc".partition("x")
"abc".rpartition("x")
"abc".removeprefix("a")
"abc".removesuffix("bc")
"7".zfill(3)
"-7".zfill(4)
"x".center(5)
"x".center(4)
"x".ljust(3) ~ "|"
"x".rjust(3, "*")
"123".isdigit()
"12a".isdigit()
"abc".isalpha()
"ab1".isalnum()
" \n".isspace()
"".isspace()
"abc".islower()
"ABC".isupper()
"A1".isupper()
"1".isupper()
"{} and {}".format("a", 1)
"{1} {0}".format("a", "b")
"{name}!".format(name="x")
"{{}}".format()
"{}".format()
numbers.index(2)
numbers.index(9)
numbers.count(3)
numbers.append(4)
numbers.pop()
person.update({"a": 1})
person.pop("name")
numbers.append
(1, 2).count(1)
text.nosuch()
text.nosuch
"upper" in text
text["upper"]()
text | upper
text | lower
unicode | upper
unicode | lower
text | title
"foo-bar (baz) [qux] it's {a <b 1c" | title
text | capitalize
words | trim
"xxaxx" | trim("x")
text | replace("l", "L")
text | replace("l", "L", 1)
12321 | replace(2, "x")
text | length
unicode | length
numbers | count
number | length
undefined_name | length
none | length
numbers | first
numbers | last
[] | first
[] | last
text | first
text | last
person | first
person | last
undefined_name | first
numbers | sort
numbers | sort(reverse=true)
names | sort
names | sort(case_sensitive=true)
names | sort(true)
[1, "a"] | sort
people | sort(attribute="age") | map(attribute="name") | list
people | sort(attribute="age,name", reverse=true) | map(attribute="name") | list
people | sort(attribute="home.city") | map(attribute="name") | join(",")
numbers | unique | list
names + ["ANN"] | unique | list
people | unique(attribute="age") | map(attribute="name") | list
numbers | reverse | list
text | reverse
number | reverse
numbers | join
numbers | join(", ")
people | join("/", attribute="name")
undefined_name | join
text | join("-")
numbers | sum
people | sum(attribute="age")
[1.5, 2] | sum(start=10)
[[1], [2]] | sum(start=[])
["a"] | sum
numbers | min
numbers | max
names | min
names | max
names | max(case_sensitive=true)
people | min(attribute="age")
[] | min
[1, "a"] | max
numbers | list
text | list
person | list
none | list
number | list
undefined_name | list
undefined_name | default("x")
empty | default("x")
empty | default("x", true)
none | d("x")
none | d("x", boolean=true)
undefined_name | d
person.missing | default("none") | upper
"3.7" | int
"12" | int
" 12 " | int
"0x1f" | int(base=16)
"0x1f" | int(0, 0)
"abc" | int
"abc" | int(5)
"" | int
3.99 | int
-3.99 | int
true | int
none | int
none | int(3)
[] | int
"1e3" | int
"1_000" | int
undefined_name | int
"3.5" | float
"abc" | float
"abc" | float(1.5)
"inf" | float
"-nan" | float
3 | float
none | float
"1e5" | float
3.14159 | round(2)
2.5 | round
3.5 | round
2.675 | round(2)
42 | round
42 | round(-1)
45.55 | round(-1)
2.1 | round(0, "ceil")
2.19 | round(1, "floor")
-2.5 | round
42 | round(method="ceil")
2.5 | round(1, "up")
"x" | round
-3 | abs
-3.5 | abs
true | abs
"x" | abs
number | string
1.0 | string
none | string ~ "|"
undefined_name | string
numbers | string
numbers | map("string") | join
names | map("upper") | list
names | map("replace", "n", "m") | list
people | map(attribute="home.city") | list
people | map(attribute="pet", default="none") | list
people | map(attribute="pet") | list
nested | map(attribute=0) | list
nested | map("first") | list
names | map("nosuch") | list
numbers | select | list
[0, 1, "", "a", none, []] | select | list
[0, 1, "", "a", none, []] | reject | list
numbers | select("odd") | list
numbers | reject("odd") | list
numbers | select(">", 1) | list
numbers | select("in", [1, 2]) | list
numbers | select("divisibleby", 3) | list
people | selectattr("age", "equalto", 30) | map(attribute="name") | list
people | selectattr("age", "==", 25) | list | length
people | selectattr("pet", "defined") | list
people | selectattr("pet", "undefined") | list | length
people | selectattr("name") | list | length
people | rejectattr("age", "gt", 26) | map(attribute="name") | list
people | selectattr("home.city", "in", ["Rome", "Bern"]) | map(attribute="name") | list
people | selectattr("age", "nosuch") | list
people | selectattr | list
numbers | select("odd") | first
numbers | select("odd") | length
(numbers | select("odd"))[0]
(numbers | select("odd")) is iterable
(numbers | select("odd")) is sequence
"yes" if (numbers | select(">", 100)) else "no"
"yes" if (numbers | select(">", 100) | list) else "no"
people | groupby("age") | length
people | groupby("age") | map("first") | list
people | groupby("pet", default="none") | map("first") | list
person | dictsort
{"b": 1, "A": 2, "c": 0} | dictsort
{"b": 1, "A": 2, "c": 0} | dictsort(true)
{"b": 1, "A": 2, "c": 0} | dictsort(by="value")
{"b": 1, "A": 2} | dictsort(reverse=true)
{"b": 1} | dictsort(by="x")
person | items | list
undefined_name | items | list
numbers | items | list
person | attr("name")
text | attr("upper") is callable
[1, 2, 3, 4, 5] | batch(2) | list
[1, 2, 3] | batch(2, "x") | list
[1, 2, 3, 4, 5] | slice(2) | list
[1, 2, 3, 4, 5] | slice(3, "x") | list
"a\nb\n\nc" | indent
"a\nb\n\nc" | indent(2, true)
"a\nb\n\nc" | indent(2, blank=true)
"a\nb" | indent("> ", true)
"a\n" | indent
number | indent
"a" | center(5) ~ "|"
"a b  c-d" | wordcount
"%s is %d, %.2f %5s|%-5s|%05d %x %%" | format("a", 3, 2.345, "r", "l", 42, 255)
"%(a)s-%(b)d" | format(a="x", b=2)
"%s" | format
"%s" | format(1, 2)
"%d" | format("x")
"%s" % "x"
"%s %s" % ("a", 1)
"%+d % d %e %g %c %r" % (1, 2, 12345.678, 0.0001, "x", "q")
"%5.1f|%-8s|%08.3f" % (2.25, "ab", -3.14159)
"%#x %o %X %i" % (255, 8, 255, 3.9)
"%s" % [1, 2]
"%(x)s" % {"x": 1}
"100%" % ()
"Lorem ipsum dolor sit amet" | truncate(12)
"Lorem ipsum dolor sit amet" | truncate(12, true)
"Lorem ipsum dolor sit amet" | truncate(12, false, "…")
"short text" | truncate(8)
"short text" | truncate(8, leeway=0)
"<a href=\"x\">&'" | e
"<b>" | escape
"<b>" | safe
tool | tojson
tool | tojson(indent=2)
tool | tojson(indent=4, sort_keys=true)
tool | tojson(separators=(",", ":"))
tool | tojson(ensure_ascii=true)
unicode | tojson
unicode | tojson(ensure_ascii=true)
[1, 2.0, 1e20, none, true, "a\"b\\c\n\t\u0001/"] | tojson
[] | tojson
{} | tojson(indent=2)
{"a": []} | tojson(indent=2)
[[1], {"a": {}}] | tojson(indent=1)
{1: "a", true: "b", none: "c", 1.5: "d"} | tojson
{"b": 1, "a": 2} | tojson(sort_keys=true)
(1, 2) | tojson
undefined_name | tojson
{"a": undefined_name} | tojson
range(3) | tojson
numbers | nosuch
numbers is nosuch
number is odd
number is even
9 is divisibleby 3
9 is divisibleby(4)
text is string
number is string
number is number
true is number
real is number
text is number
number is integer
true is integer
real is float
number is float
true is boolean
1 is boolean
true is true
1 is true
false is false
nothing is none
undefined_name is none
nothing is defined
undefined_name is undefined
person is mapping
numbers is mapping
numbers is sequence
text is sequence
person is sequence
number is sequence
none is sequence
text is iterable
number is iterable
undefined_name is iterable
undefined_name is sequence
person.keys() is sequence
person.keys() is iterable
range(3) is sequence
number is eq 7
number is equalto(7)
number is ne 7
number is gt 5
number is ge 7
number is lessthan 5
number is le 7
number is in numbers
"a" is in "abc"
number is sameas 7
none is sameas none
numbers is sameas numbers
"abc" is lower
"ABC" is upper
"" is lower
range is callable
text is callable
"upper" is filter
"nosuch" is filter
"odd" is test
text is not string
text is not none and number is odd
number is not odd or yes
text is string is true
not text is string
range(5)
range(5) | list
range(1, 10, 3) | list
range(5, 0, -2) | list
range(0)
range(3)[1]
range(10)[2:5] | list
range(200000) | length
range(1, 2, 0)
range("a")
range(5) | length
3 in range(5)
dict(a=1, b=2)
dict([("a", 1)], b=2)
dict(person, name="x").name
dict([1])
namespace(a=1).a
namespace(a=1)["a"]
namespace().a is defined
namespace({"x": 1}).x
namespace(_a=1)
raise_exception("Stop")
joiner("|") is callable
cycler("a", "b").next()
loop is defined
-1 | abs
- number | abs
+number
-text
not number | string
1 + 2 ~ 3 * 2
1 ~ 2 + 3
2 * 3 % 4
10 - 2 - 3
2 + 3 * 4 ** 2
(1, 2)[0]
[1, 2, 3][1]
{"a": {"b": [10, 20]}}.a.b[1]
"abc"[1]
(number)
((number) + (1))
1, 2, 3
text if number > 5
text[number:]
text[:number]
numbers[number if no else 0]
messages[0]["role"]
messages[0].content
messages | length
messages[-1].role == "user"
messages | map(attribute="role") | join(" ")
messages | selectattr("role", "equalto", "system") | list | length
messages[1:] | length
add_generation_prompt
tools
tools is none
documents is defined
enable_thinking is defined
bos_token ~ eos_token
strftime_now("%Y-%m-%d")
strftime_now("%d %b %Y")
strftime_now("%H:%M:%S %j %A")
strftime_now()
1..2
1 +
"abc
(1
[1, 2
{1: }
a b
1 2
= 3
text..upper
text|
is defined
1 is
x if
call(
person.
person[
numbers[1 2]
numbers[]
f(a=1, 2)
person.get("x", default=1)
person.get()
text.upper(1)
text.split(",", 1, 2)
range()
dict(1)
"\x4"
'a' 'b' | upper
[1, 2,]
{"a": 1,}
(1, 2,)
f()
number()
none()
text()
numbers | join(d=1)
numbers | first | string | length
[3, 1] | sort | first
[true, 2, 0.5] | sort
[true, false] | max
"ab" in ["abc", "ab"]
"a\\b"
'\\'
"{{ not a tag }}"
"{% neither %}"
"}}"
{"}}": 1}
{'a': {'b': {}}}
"multi
line"
true and false or true
1 if true else raise_exception("x")
false and raise_exception("x")
number.__class__
text.__class__
text.__len__
person._x is defined
"a" < 1 if false else 2
""|trim|length
text|upper|lower|title
"é".upper() ~ "ß".upper()
"İ".lower() | length
"a\u00a0b".split()
"a\x1cb".split()
"\x85a".strip() | length
"%s" | format(none)
"%s" | format(true)
[none, true, 1.50]
"1" ~ 1.10
1.0 * 3
7 // 2.0
-7 // 2
-7 % 3
7.5 % 2
-7.5 % 2
1e308 * 10
2 ** 62
0 ** 0
0.0 ** -1
true + true
"abc" * true
[1,2,3] | sum / 2
numbers | length > 3
numbers|length-1
"x" ~ -1
"x" ~ - 1
number-1
number -1
text[1]|upper
people[0].home.city
people[0]["home"]["city"]
people[1:]|map(attribute="name")|list
people | map(attribute="home") | map(attribute="city") | list
""" .strip("\n")


def expressions():
    """One expression a line; a line that begins an unfinished string takes the next one with it."""
    lines = EXPRESSIONS.split("\n")
    result = []
    while lines:
        line = lines.pop(0)
        if line == '"multi':
            line += "\n" + lines.pop(0)
        result.append(line)
    return result


# Whole templates of a few tags.
STATEMENTS = [
    "a\n{% if yes %}\nb\n{% endif %}\nc\n",
    "a\n  {% if yes %}\n  b\n  {% endif %}\nc",
    "a {% if yes %} b {% endif %} c",
    "a {%- if yes -%} b {%- endif -%} c",
    "a\n {%+ if yes %} b {% endif +%}\n c",
    "a\n {%+ if yes -%}\n b {% endif -%} \n c",
    "  {% set x = 1 %}\n{{ x }}\n",
    "  {{ 1 }}  {{- 2 }} {{ 3 -}}  x",
    "{{ 1 }}\n{{ 2 }}\n\n",
    "x\n\n",
    "\n\nx",
    "a\r\nb\rc\r\n",
    "{# comment #}x{#- c -#} y\n{# line #}\nz",
    "a {# multi\nline #} b",
    "  {# lead #}\nx {#+ keep +#}\ny",
    "{% raw %}{{ x }} {% if %}{% endraw %}",
    "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
    "a {%- raw -%} {{ x }} {%- endraw -%} b",
    "{% if no %}a{% elif number == 7 %}b{% else %}c{% endif %}",
    "{% if no %}a{% elif no %}b{% else %}c{% endif %}",
    "{% if no %}a{% endif %}|",
    "{% if nothing %}1{% endif %}{% if undefined_name %}2{% endif %}{% if empty %}3{% endif %}{% if [] %}4{% endif %}{% if {} %}5{% endif %}{% if 0.0 %}6{% endif %}{% if '0' %}7{% endif %}",
    "{% for x in numbers %}{{ x }},{% endfor %}",
    "{% for x in numbers %}\n- {{ x }}\n{% endfor %}\nend",
    "{% for x in [] %}a{% else %}none{% endfor %}",
    "{% for x in numbers if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% else %}none{% endfor %}",
    "{% for x in numbers if x > 9 %}a{% else %}none{% endfor %}",
    "{% for x in numbers %}{{ loop.index0 }}{{ loop.index }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for x in numbers %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in numbers %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in numbers %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}",
    "{% for x in numbers %}{{ loop.depth }}{{ loop.depth0 }}{% for y in [1] %}{{ loop.depth }}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for k, v in person.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in person | items %}{{ k }};{% endfor %}",
    "{% for k in person %}{{ k }};{% endfor %}",
    "{% for a, b in [[1, 2], (3, 4), 'xy'] %}{{ a }}-{{ b }} {% endfor %}",
    "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}x{% endfor %}",
    "{% for a, b in [1] %}x{% endfor %}",
    "{% for c in 'aé日' %}[{{ c }}]{% endfor %}",
    "{% for x in undefined_name %}a{% else %}none{% endfor %}",
    "{% for x in none %}a{% endfor %}",
    "{% for x in 5 %}a{% endfor %}",
    "{% for x in range(3) %}{{ x }}{% endfor %}{{ x }}",
    "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}",
    "{% for x in numbers | select('odd') %}{{ x }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
    "{% set ns = namespace(x=0) %}{% for i in numbers %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(found=false) %}{% for p in people if not ns.found %}{{ p.name }}{% if p.age == 25 %}{% set ns.found = true %}{% endif %}{% endfor %}",
    "{% set ns = namespace() %}{% set ns.a, b = 1, 2 %}{{ ns.a }}{{ b }}",
    "{% set d = {} %}{% set d.a = 1 %}",
    "{% set undefined_thing.a = 1 %}",
    "{% set ns = namespace(a=1) %}{{ ns }}",
    "{% set ns = namespace(a=1) %}{% set ns._a = 1 %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a = 1, 2 %}{{ a }}",
    "{% set (a, b) = [1, 2] %}{{ a }}{{ b }}",
    "{% set a, b = [1] %}",
    "{% set x %}a{{ number }}b{% endset %}[{{ x }}]",
    "{% set x | upper | trim %} abc {% endset %}[{{ x }}]",
    "{% set x %}\n  a\n{% endset %}\n[{{ x }}]",
    "{% set x %}{% set y = 5 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% if yes %}{% set x = 5 %}{% endif %}{{ x }}",
    "{% if no %}{% set x = 5 %}{% endif %}{{ x is defined }}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% set a = 5 %}{% with a = 1, b = a %}{{ b }}{% endwith %}{{ a }}",
    "{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z is defined }}",
    "{% filter upper %}abc {{ text }}{% endfilter %}",
    "{% filter replace('a', 'b') | trim %}  aaa  {% endfilter %}|",
    "{% macro f(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ f(1) }} {{ f(1, 3) }} {{ f(b=5, a=4) }} {{ f() }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(c=2) }}",
    "{% macro f(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}",
    "{% macro f(a, b) %}{{ b is defined }}{{ b }}{% endmacro %}{{ f(1) }}",
    "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}",
    "{% macro f(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ f(1, 2, 3) }}",
    "{% macro f() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ f() }}{% set x = 2 %}{{ f() }}",
    "{% macro f() %}{% set x = 9 %}{{ x }}{% endmacro %}{% set x = 1 %}{{ f() }}{{ x }}",
    "{% macro fact(n) %}{% if n > 1 %}{{ n }}*{{ fact(n - 1) }}{% else %}1{% endif %}{% endmacro %}{{ fact(4) }}",
    "{% macro f(x) %}[{{ x }}]{% endmacro %}{{ f('a') ~ f('b') | upper }}{{ f('c') | length }}",
    "{% macro f(x) -%}\n  [{{ x }}]\n{%- endmacro %}{% for i in [1, 2] %}{{ f(i) }}{% endfor %}",
    "{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}body {{ number }}{% endcall %}",
    "{% macro f(n) %}{% for i in range(n) %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(i) f(3) %}<{{ i }}>{% endcall %}",
    "{% macro f() %}{{ caller is defined }}{% endmacro %}{{ f() }}",
    "{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
    "{% for i in [1, 2] %}{% macro g() %}{{ i }}{% endmacro %}{{ g() }}{% endfor %}",
    "{% macro f(a=1, b) %}{% endmacro %}",
    "{{ f() }}{% macro f() %}x{% endmacro %}",
    "{% macro loop_in(x) %}{% for i in x %}{% if i is iterable and i is not string %}({{ loop_in(i) }}){% else %}{{ i }}{% endif %}{% endfor %}{% endmacro %}{{ loop_in(nested) }}",
    "{% for x in numbers %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in numbers %}{% if x == 3 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in numbers %}{% for y in numbers %}{% if y == 1 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}",
    "{% for x in numbers %}{% break %}{% else %}none{% endfor %}",
    "{% break %}",
    "{% if yes %}{% continue %}{% endif %}",
    "{% generation %}a{{ number }}{% endgeneration %}b",
    "{% generation %}{% set q = 1 %}{{ q }}{% endgeneration %}{{ q is defined }}",
    "{%- for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}",
    "{% set j = joiner(', ') %}{% for x in numbers %}{{ j() }}{{ x }}{% endfor %}",
    "{% set c = cycler('a', 'b', 'c') %}{% for x in numbers %}{{ c.next() }}{{ c.current }}{% endfor %}{{ c.reset() }}{{ c.current }}",
    "{% set g = numbers | map('string') %}{{ g | join }}|{{ g | join }}",
    "{% set g = people | map(attribute='name') %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}{{ x }}{% else %}empty{% endfor %}",
    "{% print number %}",
    "{% set loop = 1 %}{{ loop }}",
    "{% for loop in numbers %}{% endfor %}",
    "{% set true = 1 %}",
    "{% set 1 = 2 %}",
    "{% set x['a'] = 2 %}",
    "{% set x.y.z = 2 %}",
    "{% if %}{% endif %}",
    "{% if yes %}",
    "{% if yes %}{% endfor %}",
    "{% endif %}",
    "{% for %}{% endfor %}",
    "{% for x numbers %}{% endfor %}",
    "{% for x in numbers %}",
    "{% nosuch %}",
    "{% %}",
    "{{ }}",
    "{{",
    "{{ x",
    "{% if",
    "{# x",
    "{% raw %}x",
    "{{ x } }",
    "{{ ) }}",
    "{{ (] }}",
    "{{ a ! b }}",
    "{{ @ }}",
    "}} %} #} { } {a} {",
    "{% else %}",
    "{% set x = %}",
    "{% set x = 1",
    "{% if yes %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}",
    "{% if no %}{{ raise_exception('x') }}{% endif %}fine",
    "{{- 'a' -}}   {{- 'b' -}}\n\n{{- 'c' }}",
    "{%- if yes %}\n  a\n{%- endif %}\n",
    "{% for x in [1,2] -%}\n    {{ x }}\n{%- endfor %}",
    "{% for x in [1,2] -%}\n    {{ x }}\n{% endfor %}",
    "{% if yes: %}a{% endif %}",
    "{% for x in [1]: %}a{% endfor %}",
    "{% if yes %}{# c #}{% endif %}{{ '{#' }}",
    "{{ '%}' }}{% if '%}' %}a{% endif %}",
    "{{ '\n' }}|{{ \"a\\nb\" }}",
    "{{ x.y }}",
    "line\n{{ 1 / 0 }}",
    "{% set x = 'a' %}{% set x = x ~ 'b' %}{{ x }}",
    "{% set messages = messages[1:] %}{{ messages | length }}",
    "{% for m in messages %}{% set role = m.role %}{{ role }}{% endfor %}{{ role is defined }}",
    "{% for m in messages %}{% if loop.index0 == 0 %}{% set content = 'first ' + m.content %}{% else %}{% set content = m.content %}{% endif %}{{ content }};{% endfor %}",
    "{% macro m(d, n=0) %}{% for k, v in d.items() %}{% if v is mapping %}{{ k }}:{{ m(v, n + 1) }}{% else %}{{ k }}={{ v }};{% endif %}{% endfor %}{% endmacro %}{{ m(tool) }}",
    "{% set ns = namespace(l=[]) %}{% for x in numbers %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[]) %}{% set _ = ns.l.append(1) %}{{ ns.l }}",
    "{%- set ns = namespace(is_first=true, prompt='') -%}{%- for m in messages -%}{%- if m['role'] == 'system' -%}{%- set ns.prompt = m['content'] -%}{%- endif -%}{%- endfor -%}{{ ns.prompt }}",
    "{% do x %}",
    "{% include 'x' %}",
    "{{ messages[0].get('tool_calls') is none }}{{ messages[0].tool_calls is defined }}",
    "{{ messages | tojson }}",
    "{{ messages[::-1] | map(attribute='role') | list }}",
    "{% for m in messages[::-1] %}{{ m.role }}{{ (messages | length - 1) - loop.index0 }} {% endfor %}",
    "{{ bos_token }}{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{{ add_generation_prompt }}",
    "{{ ' ' ~ (text if text is string else text | tojson) ~ ' ' }}",
    "{% set x = none %}{% if x is not none and x.y %}a{% else %}b{% endif %}",
    "{% set f = text.upper %}{{ f() }}",
    "{% set u = undefined_name %}{{ u is defined }}{{ u }}",
    "{{ [1, 2, 3] | map('string') | map('upper') | join(', ') }}",
    "{% for a in [1, 2] %}{% for b in 'xy' %}{{ loop.index }}{{ a }}{{ b }}{{ loop.last }} {% endfor %}{{ loop.last }} {% endfor %}",
    "{% for x in [3, 1, 2] | sort %}{{ x }}{% endfor %}",
    "{% for x in [3, 1, 2] | sort if x != 2 %}{{ x }}{{ loop.last }}{% endfor %}",
    "{% for x in numbers if loop %}{{ x }}{% endfor %}",
    "{% for i in range(2) %}{{ i }}{% set i = 9 %}{{ i }}{% endfor %}",
    "{% filter nosuch %}x{% endfilter %}",
    "{% call nosuch %}x{% endcall %}",
    "{% macro f(loop) %}{{ loop }}{% endmacro %}{{ f(1) }}",
    "{% if yes %}{% if no %}a{% else %}b{% endif %}{% endif %}",
    "\t{% if yes %}\n\ta\n\t{% endif %}\n",
    "x{% if yes %}\n\n\ny{% endif %}",
    "a\n\n   {%- if yes %}b{% endif -%}\n\n   c",
    "{% set x = 'a' -%}   \n   b",
    "a   {{- 'b' -}}   c",
    "a \n {{- 'b' -}} \n c",
    "{{ 'x' }}   \n",
    "   {{ 'x' }}",
    "a{#- x -#}b {#- y #} c",
]
