"""Names of accounts: in addresses, paths and logs, behind labels, and as people mention each other."""

from typing import Final

from expunct_server.redaction.patterns import checks_network
from expunct_server.redaction.patterns.row import FAINT, Pattern, expression, words

_SITES: Final = (
    r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|twitter\.com|x\.com|instagram\.com|threads\.net|facebook\.com|t\.me"
    r"|tiktok\.com|youtube\.com|medium\.com|keybase\.io|pinterest\.com|vk\.com|twitch\.tv|soundcloud\.com|behance\.net|dribbble\.com"
    r"|codepen\.io|kaggle\.com|huggingface\.co|npmjs\.com|venmo\.com|cash\.app|paypal\.me|linktr\.ee|mastodon\.social|bsky\.app"
    r"|linkedin\.com/in|xing\.com/profile|reddit\.com/u(?:ser)?|snapchat\.com/add|steamcommunity\.com/id|pypi\.org/user"
    r"|hub\.docker\.com/u|news\.ycombinator\.com/user\?id=|stackoverflow\.com/users/\d{1,10})"
)
_ACCOUNT: Final = r"[\p{L}\p{N}_](?:[\p{L}\p{N}_.\-]{0,62}[\p{L}\p{N}_])?"
_TELLING: Final = r"(?:live:)?[\p{L}\p{N}_](?=[\p{L}\p{N}_.\-]{0,40}[\d_.\-#][\p{L}\p{N}_#])[\p{L}\p{N}_.\-]{1,40}(?:#\d{4})?(?<![.\-])"
"""A name of an account that cannot be a word: with a digit or a sign in it."""
_LABELS: Final = (
    r"(?:user[ _-]?(?:name|id)|log[ _-]?in(?:[ _-]?(?:name|id))?|log[ _-]?on(?:[ _-]?name)?|screen[ _-]?name|nick[ _-]?name|nick|handle"
    r"|account[ _-]?name|(?:remote|sudo|ssh|db|ftp|smtp|ldap)[ _-]?user|sam[ _-]?account[ _-]?name|uid|benutzer(?:name|kennung)|anmeldename"
    r"|nom d['’]utilisateur|identifiant|pseudo|(?:nombre de )?usuario|nome utente|utente|nome de usu[áa]rio|usu[áa]rio"
    r"|gebruikersnaam|anv[äa]ndarnamn|brugernavn|brukernavn|k[äa]ytt[äa]j[äa]tunnus|nazwa u[żz]ytkownika|логин|имя пользователя|用户名|ユーザー名)"
)
_NETWORKS: Final = (
    r"(?:twitter|instagram|insta|telegram|snapchat|discord|tiktok|mastodon|threads|bluesky|github|skype|venmo|cash ?app|handle|nick(?:name)?"
    r"|user ?name|account|profile|follow|dm|ig)"
)

ROWS: Final = (
    Pattern(
        name="username_url",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\p{L}\p{N}.-])(?:www\.|m\.)?",
            _SITES,
            rf"/?[@~]?(?P<v>{_ACCOUNT})(?![\p{{L}}\p{{N}}_])",
            ignore_case=True,
        ),
        score=0.75,
        check=checks_network.account,
        check_name="site",
        examples=(
            "https://github.com/«jdoe42»/project",
            "www.linkedin.com/in/«jane-doe-1a2b»",
            "https://twitter.com/«jdoe».",
            "medium.com/@«jane.doe»/post",
            "https://reddit.com/user/«j_doe»",
        ),
        near_misses=("https://github.com/features", "https://x.com/home", "twitter.com", "netflix.com/jdoe"),
    ),
    Pattern(
        name="username_tilde",
        entity_type="USERNAME",
        expression=expression(r"(?<=[\p{L}\p{N}]/|:\d{2,5}/)~(?P<v>", _ACCOUNT, r")(?![\p{L}\p{N}_])"),
        score=0.7,
        check=checks_network.account,
        check_name="path",
        examples=("https://host.example/~«jdoe»/x", "http://host.example:8080/~«o.neil»"),
        near_misses=("https://host.example/~/x", "~jdoe", "a / ~b"),
    ),
    Pattern(
        name="username_path",
        entity_type="USERNAME",
        expression=expression(
            r"(?<=[\p{L}\p{N}]/|:\d{2,5}/)(?:users?|profiles?|members?|u)/@?(?P<v>", _ACCOUNT, r")(?![\p{L}\p{N}_{(])"
        ),
        score=0.6,
        check=checks_network.account_with_sign,
        check_name="path",
        examples=("https://shop.example/users/«jane.doe7»", "x.example/u/«jdoe_1»"),
        near_misses=("src/users/models", "https://a.example/users/list", "api/users/{id}", "docs/user/guide"),
    ),
    Pattern(
        name="username_userinfo",
        entity_type="USERNAME",
        expression=expression(
            r"(?:[a-z]://|(?<![\p{L}\p{N}_])(?:ssh|scp|sftp|rsync)[ ](?:-[A-Za-z][ ]?[^\s@]{0,32}[ ]){0,4})(?P<v>",
            _ACCOUNT,
            r")(?=(?::[^\s/@]{0,128})?@[\p{L}\p{N}\[])",
        ),
        score=0.75,
        check=checks_network.account,
        check_name="userinfo",
        examples=("https://«jdoe»:pw1@git.example.com/x", "ssh -p 22 «jane»@host.example", "ftp://«jdoe»@example.com"),
        near_misses=("ssh://git@host.example/x", "https://example.com/@jdoe", "mail jdoe@example.com"),
    ),
    Pattern(
        name="username_labelled",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _LABELS,
            r"[\"']?[ ]{0,2}[:=]{1,2}[ \t]{0,4}\n?[ \t]{0,8}[\"'<`]?@?(?P<v>",
            _ACCOUNT,
            r")(?![\p{L}\p{N}_@(\[/\\]|\.[\p{L}\p{N}(]|-[\p{L}\p{N}])",
            ignore_case=True,
        ),
        score=0.7,
        check=checks_network.account,
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "ru", "zh", "ja"),
        examples=(
            "username: «jdoe42»",
            "login=«jane.doe»;",
            '"userName": "«j-doe»"',
            "Benutzername: «mmustermann»",
            "Nom d’utilisateur : «mdupont»",
            "user_name='«o.neil»'",
            "логин: «ivanov_p»",
        ),
        near_misses=(
            "username: str",
            "login: required",
            "username = request.form['x']",
            "username=get()",
            "user name is required",
            "login page",
            "uid=0",
            "nickname: the Great One",
            "username: jane@example.com",
            "user_id: None",
        ),
    ),
    Pattern(
        name="username_said",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _LABELS,
            r"[ ](?:is|was|ist|lautet|est|es|è|é)[ :][ ]?[\"'<`]?@?(?P<v>",
            _ACCOUNT,
            r")(?=[\"'>`]?(?:[.,;!)\n]|\s{0,80}\Z|[ ](?:and|und|et|y)[ ]))",
            ignore_case=True,
        ),
        score=0.7,
        check=checks_network.account,
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "pt"),
        examples=("My user ID is «jdoe_7».", "the login is «jdoe»", "Benutzername lautet «mmustermann», danke"),
        near_misses=("the username is explicitly given", "user name is required.", "login is at noon"),
    ),
    Pattern(
        name="username_telling",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?i:",
            _LABELS,
            r"|user|avatar(?: of)?|windows account|his account|her account|their account|account|shows for|posted by|uploaded by|taken by|thanks to|assigned to|mine is|reporter|cn|(?:github|gitlab|skype|discord|telegram|twitter|instagram|reddit|slack|steam|windows|domain)(?: user)?(?: ?name| handle| account| id)?)",
            r"(?:[ ](?i:stays|is|was|remains|ist|bleibt|name))?[ ]{0,2}[:( ][ ]?[\"'`(“]?@?(?P<v>",
            _TELLING,
            r")(?![\p{L}\p{N}_@(\[/\\]|\.[\p{L}\p{N}(]|-[\p{L}\p{N}])",
        ),
        score=0.65,
        check=checks_network.telling,
        check_name="telling",
        languages=("en", "de", "fr", "es"),
        examples=(
            "my login «dvance02» is",
            "The account «svc_doe» has",
            "GitHub handle («octo-lina») to",
            "the nickname «sugar99» was",
            'user "«t.doe»" was',
            "Your user name stays «n.doe».",
            "avatar of «zed_doe» shows for",
            "taken by «doe_k» on",
            "Discord: «doe#4821»",
            "his Skype name is «live:tom.doe», mine",
        ),
        near_misses=(
            "account 12345678",
            "user friendly",
            "the account was closed",
            "login at 10.30",
            "user v1.2",
            "handle 3x",
            "account_id",
            "user e.g.",
            "name node-01",
            "domain example.com",
            "user config.yaml",
        ),
    ),
    Pattern(
        name="username_chat",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\p{L}\p{N}_\"'=<])<[@+%&~]?(?=[^>\n]{0,40}[\d_.])(?P<v>", _ACCOUNT, r")>[ ](?=\p{L})"
        ),
        score=0.6,
        check=checks_network.telling,
        check_name="telling",
        examples=("<«night_77»> anyone", "[10:02] <«tomasz.w»> yes"),
        near_misses=(
            "<body> x",
            "std::vector<foo_t> x",
            "#include <stdio.h> for",
            "<my-element> text",
            "<br> y",
            "<h1> Title",
        ),
    ),
    Pattern(
        name="username_mention",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![^\s(\"'“,;:])@(?P<v>",
            _ACCOUNT,
            r")(?=[,!?;:.]?[ ]\p{L}|[,!?.;)\"'”]{1,2}(?:\s|\Z)|\Z|[ ][-–(&])(?![ ]?[({=])",
        ),
        score=0.1,
        check=checks_network.mention,
        check_name="mention",
        context=words(
            r"thanks",
            r"cc",
            r"ping",
            r"love",
            r"hey",
            r"hi",
            r"hello",
            r"follow",
            r"dm",
            r"by",
            r"with",
            r"ask",
            r"asked",
            r"tagged",
            r"via",
            r"from",
            r"contact",
            r"merci",
            r"danke",
            r"gracias",
            r"your",
            r"you",
            r"pls",
            r"please",
        ),
        context_score=0.65,
        examples=("thanks to @«jdoe» for", "@«pixel_doe» love your art", "hey @«piotr-w»!"),
        near_misses=(
            "@dataclass",
            "@media print",
            "@Override public",
            "@param name the",
            "jane@example",
            "@app.route('/x')",
            "thanks @all",
            "@decorator\ndef you",
        ),
    ),
    Pattern(
        name="username_access_log",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}[ ]\S{1,40}[ ](?P<v>", _ACCOUNT, r")[ ]\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:"
        ),
        score=0.8,
        check=checks_network.account,
        check_name="log",
        examples=('192.0.2.1 - «jdoe» [10/Oct/2024:13:55:36 -0700] "GET',),
        near_misses=("192.0.2.1 - - [10/Oct/2024:13:55:36 -0700]", "x - jdoe [10/Oct/2024:"),
    ),
    Pattern(
        name="username_curl",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\w-])(?:curl|wget|http|smbclient|mysql|psql|mongo|sqlplus|ldapsearch|net)(?:[ ][^\s|;]{1,80}){0,6}[ ](?:-u|-U|--user(?:name)?)[ =]?[\"']?(?P<v>",
            _ACCOUNT,
            r")(?![\p{L}\p{N}_@/])",
        ),
        score=0.75,
        check=checks_network.account,
        check_name="argument",
        examples=("curl -u «deploy_doe»:x https", "psql -h db -U «jdoe» orders", "curl --user «jane»:pw"),
        near_misses=("curl -v -u", "sort -u names", "psql -U root"),
    ),
    Pattern(
        name="username_log",
        entity_type="USERNAME",
        expression=expression(
            r"(?:(?:[Pp]assword|publickey|keyboard-interactive(?:/pam)?|none) for (?:invalid user |illegal user )?|(?:[Ii]nvalid|[Ii]llegal|[Uu]nknown) user |(?:authenticating|by|from|for) user |failed login for |(?:audit|auth): user "
            r"|(?<![\p{L}\p{N}])sudo:[ ]{1,4}(?=[\w.-]{2,40} : )|(?<![\p{L}\p{N}_.-])user=|session (?:opened|closed) for user |(?<![\p{L}\p{N}])(?:TTY=[\w/]{1,20} ; PWD=[^;\n]{1,120} ; )?USER=|logged in as |su: \(to |net user "
            r")(?P<v>",
            _ACCOUNT,
            r")(?![\p{L}\p{N}_@(\[/\\])",
        ),
        score=0.7,
        check=checks_network.account,
        check_name="log",
        examples=(
            "sshd[7]: Accepted publickey for «jdoe» from 192.0.2.1",
            "Failed password for invalid user «jane» from",
            "session opened for user «jdoe» by",
            "logged in as «jane.doe».",
            "user=«k.doe» action=login",
            "Disconnected from user «jdoe» 192.0.2.1",
            "Invalid user «jane2» from 192.0.2.1",
            "auth: failed login for «jdoe» from 192.0.2.1",
            "sudo: «jdoe» : TTY=pts/1 ;",
            "audit: user «svc_doe» changed",
        ),
        near_misses=(
            "password for the account",
            "session opened for user root",
            "logged in as usual",
            "user=None",
            "user=get_user(1)",
            "by user request",
        ),
    ),
    Pattern(
        name="username_home",
        entity_type="USERNAME",
        expression=expression(
            r"(?:(?<![\p{L}\p{N}_.~-])(?:/(?:export|var|mnt)?/?home/|/Users/)|(?<![A-Za-z0-9])[A-Za-z]:[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2})"
            r"(?P<v>[\p{L}_][\p{L}\p{N}_.\-]{0,62}(?:[ ][\p{Lu}][\p{L}\p{N}_.\-]{0,30}(?=[\\/]))?(?<![.\-]))"
        ),
        score=0.75,
        check=checks_network.account,
        check_name="path",
        examples=(
            r"C:\Users\«jdoe»\Documents\x.txt",
            "in /home/«jdoe»/.ssh/id",
            "/Users/«jane.doe»/x",
            r"open('C:\\Users\\«Jane Doe»\\x')",
            "c:/Users/«jdoe»",
        ),
        near_misses=(r"C:\Users\Public\x", "/home/user/x", "https://x.example/home/news", "/usr/home"),
    ),
    Pattern(
        name="username_handle",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![\p{L}\p{N}@])",
            _NETWORKS,
            r"(?:[ ](?:handle|account|name|user(?:name)?|profile|id|is|me|on|at|as|us)){0,3}(?:[ ]?[:=(\-–][ ]{0,2}\n?[ ]{0,4}|[ ]{1,2})@(?P<v>",
            _ACCOUNT,
            r")(?![\p{L}\p{N}_@/]|\.[\p{L}\p{N}])",
            ignore_case=True,
        ),
        score=0.75,
        check=checks_network.account,
        check_name="label",
        examples=(
            "Twitter: @«jane_doe»",
            "my Instagram (@«j.doe»)",
            "follow @«jdoe42» now",
            "Telegram handle is @«jdoe»",
        ),
        near_misses=("@dataclass", "hello @jdoe", "follow jane", "css @media print"),
    ),
    Pattern(
        name="username_domain",
        entity_type="USERNAME",
        expression=expression(
            r"(?<![A-Za-z0-9_\\:/.$%])[A-Z][A-Z0-9-]{1,14}\\(?P<v>[a-z][a-z0-9._-]{1,31})(?![A-Za-z0-9_\\])"
        ),
        score=FAINT,
        check=checks_network.account,
        check_name="domain",
        context=words(r"user", r"login", r"logon", r"account", r"domain", r"subject", r"sid", r"run as", r"owner"),
        context_score=0.75,
        examples=(r"Account: CORP\«jdoe»", r"logon by ACME-01\«j.doe» failed"),
        near_misses=(r"regex \w\d", r"user C:\temp", r"A\b account"),
    ),
)
