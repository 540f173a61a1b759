"""Web and network addresses, hardware addresses, and names of accounts."""

from typing import Final

from expunct_server.redaction.patterns import checks, checks_network
from expunct_server.redaction.patterns.row import LINK, Pattern, expression, words

_SITES: Final = (
    r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|twitter\.com|x\.com|instagram\.com|threads\.net|facebook\.com|t\.me"
    r"|tiktok\.com|youtube\.com|medium\.com|keybase\.io|pinterest\.com|vk\.com|twitch\.tv|soundcloud\.com|behance\.net|dribbble\.com"
    r"|codepen\.io|kaggle\.com|huggingface\.co|npmjs\.com|venmo\.com|cash\.app|paypal\.me|linktr\.ee|mastodon\.social|bsky\.app"
    r"|linkedin\.com/in|xing\.com/profile|reddit\.com/u(?:ser)?|snapchat\.com/add|steamcommunity\.com/id|pypi\.org/user"
    r"|hub\.docker\.com/u|news\.ycombinator\.com/user\?id=|stackoverflow\.com/users/\d{1,10})"
)
_ACCOUNT: Final = r"[\p{L}\p{N}_](?:[\p{L}\p{N}_.\-]{0,62}[\p{L}\p{N}_])?"
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
        name="url",
        entity_type="URL",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:(?:https?|ftps?|sftp|wss?)://|www\.(?=[\p{L}\p{N}-]{1,63}\.\p{L}))",
            r"[^\s<>\"'`{}|\\^\[\]\x00]{1,2048}(?<![.,;:!?)*])",
            ignore_case=True,
        ),
        tail=expression(r"(?:[^\s<>\"'`{}|\\^\[\]\x00]+(?<![.,;:!?)*]))?"),
        score=0.8,
        needs=("://", "www."),
        examples=(
            "See «https://example.com/a?b=c#d».",
            "(«http://user.example.org:8080/x»)",
            "«www.example.de» is ours",
            "posted «HTTPS://EXAMPLE.COM/»",
        ),
        near_misses=("http:// alone", "the file://path", "www. is a prefix", "example.com"),
    ),
    Pattern(
        name="ipv4",
        entity_type="IP_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_.-])(?<!\b[Vv](?:ersion|er|ersions)?[ :=.]{1,2})(?:\d{1,3}\.){3}\d{1,3}",
            r"(?:(?=/\d{1,2}(?![\w./]))|(?![A-Za-z0-9_]|-(?!\d{1,3}\.\d)|\.\d|/\d))",
        ),
        score=0.85,
        check=checks_network.ipv4,
        check_name="ipaddress",
        examples=(
            "from «192.0.2.17» port 22",
            "«10.0.0.1»:8080",
            "«203.0.113.0»/24",
            "at «198.51.100.7».",
            "dig @ «8.8.8.8»",
            "pool «192.0.2.1»-192.0.2.9",
        ),
        near_misses=(
            "300.1.1.1",
            "v1.2.3.4",
            "1.2.3.4.5",
            "192.0.2",
            "3.14.15.926",
            "version 4.18.0.1",
            "1.2.3.4-beta",
            "01.02.03.04",
            "GCC 2.7.2.3",
        ),
    ),
    Pattern(
        name="ipv4_small",
        entity_type="IP_ADDRESS",
        expression=expression(r"(?<![A-Za-z0-9_.-])(?:\d\.){3}\d(?![A-Za-z0-9_-]|\.\d)"),
        score=0.0,
        check=checks.address,
        check_name="ipaddress",
        context=words(
            r"ip(?:v4)?",
            r"ip[ _-]?addr(?:ess)?",
            r"client",
            r"remote",
            r"host",
            r"dns",
            r"resolver",
            r"nameserver",
            r"gateway",
        ),
        context_score=0.8,
        examples=("IP: «2.7.2.3»", "remote host «1.2.3.4» said"),
        near_misses=("GCC 2.7.2.3", "section 2.1.3.2 of"),
    ),
    Pattern(
        name="ipv6",
        entity_type="IP_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_:.])(?=[0-9a-f:.]{3,45})(?:[0-9a-f]{0,4}:){2,8}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}|(?<=::))",
            r"(?:%(?:25)?[a-z0-9][a-z0-9_.-]{0,14}(?<![.-]))?(?![A-Za-z0-9_:]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check=checks_network.ipv6,
        check_name="ipaddress",
        needs=(":",),
        examples=(
            "addr «2001:db8::8a2e:370:7334» up",
            "«fe80::1%eth0»",
            "https://[«fe80::1%25en1»]:8443/",
            "«2001:0db8:0:0:0:0:0:1»",
            "«::ffff:192.0.2.1»",
            "route «2001:db8:1::»/48",
            "«::2:3:4:5:6:7:8»",
            "«64:ff9b::192.0.2.33».",
        ),
        near_misses=("12:30:45", "std::vector", "a::", "::", "00:1A:2B:3C:4D:5E", "dead::beef", "x[::10]", "1:2:3:4"),
    ),
    Pattern(
        name="mac_pairs",
        entity_type="MAC_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_]|[0-9A-F][:-])(?:[0-9A-F]{2}:){5}(?:[0-9A-F]{2}:[0-9A-F]{2}:)?[0-9A-F]{2}(?![A-Za-z0-9_]|[:-][0-9A-F])",
            ignore_case=True,
        ),
        score=0.9,
        check=checks_network.mac,
        check_name="mac",
        needs=(":",),
        examples=("eth0 «00:1A:2B:3C:4D:5E» up", "BSSID=«f0:99:bf:12:34:56»", "«00:1a:2b:ff:fe:3c:4d:5e»"),
        near_misses=("00:00:00:00:00:00", "12:30:45:10:20", "AA:BB:CC:DD:EE:FF:00:11:22:33", "ff:ff:ff:ff:ff:ff"),
    ),
    Pattern(
        name="mac_hyphens",
        entity_type="MAC_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_]|[0-9A-F][:-])(?:[0-9A-F]{2}-){5}(?:[0-9A-F]{2}-[0-9A-F]{2}-)?[0-9A-F]{2}(?![A-Za-z0-9_]|[:-][0-9A-F])",
            ignore_case=True,
        ),
        score=0.85,
        check=checks_network.mac_with_letter,
        check_name="mac",
        examples=("Physical Address: «00-1A-2B-3C-4D-5E»", "«f0-99-bf-12-34-56»"),
        near_misses=("10-20-30-40-50-60", "00-1A-2B-3C-4D", "00-00-00-00-00-00"),
    ),
    Pattern(
        name="mac_dots",
        entity_type="MAC_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_.-])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![A-Za-z0-9_-]|\.[A-Za-z0-9])", ignore_case=True
        ),
        score=0.6,
        check=checks_network.mac_with_letter,
        check_name="mac",
        context=words(r"mac", r"arp", r"ether(?:net)?", r"hardware", r"vlan", r"dynamic", r"address", r"interface"),
        context_score=0.9,
        examples=("arp «001a.2b3c.4d5e» vlan 10", "«f099.bf12.3456»"),
        near_misses=("1234.5678.9012", "face.feed", "2024.1101.0001"),
    ),
    Pattern(
        name="mac_labelled",
        entity_type="MAC_ADDRESS",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:mac(?:[ _-]?addr(?:ess)?)?|hw[ _-]?addr(?:ess)?|bssid|hardware[ _-]address|ethernet[ _-]address)",
            r"[ ]?(?:is[ ]?)?[:=\"' ]{1,4}",
            LINK,
            r"(?P<v>[0-9a-f]{12}|[0-9a-f]{2}(?:[:. -][0-9a-f]{2}){5})(?![A-Za-z0-9_-])",
            ignore_case=True,
        ),
        score=0.9,
        check=checks_network.mac,
        check_name="label",
        needs=("mac", "addr", "bssid"),
        examples=("MAC: «001A2B3C4D5E»", "mac_address=«10-20-30-40-50-60»"),
        near_misses=("macbook 001A2B3C4D5E", "MAC: 001A2B3C4D", "mac 000000000000"),
    ),
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
        needs=("/", "?id="),
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
        needs=("/~",),
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
        needs=("user", "profile", "member", "u/"),
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
        needs=("@",),
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
        needs=(
            "user",
            "log",
            "name",
            "nick",
            "handle",
            "uid",
            "benutzer",
            "utilisateur",
            "identifiant",
            "pseudo",
            "usu",
            "utente",
            "naam",
            "namn",
            "navn",
            "tunnus",
            "nazwa",
            "логин",
            "имя",
            "用户名",
            "ユーザー名",
        ),
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
        name="username_log",
        entity_type="USERNAME",
        expression=expression(
            r"(?:(?:password|publickey|keyboard-interactive(?:/pam)?|none) for (?:invalid user |illegal user )?|(?:invalid|illegal|unknown) user "
            r"|session (?:opened|closed) for user |(?<![\p{L}\p{N}])(?:TTY=[\w/]{1,20} ; PWD=[^;\n]{1,120} ; )?USER=|logged in as |su: \(to |net user "
            r")(?P<v>",
            _ACCOUNT,
            r")(?![\p{L}\p{N}_@(\[/\\])",
        ),
        score=0.7,
        check=checks_network.account,
        check_name="log",
        needs=("user", "password for", "publickey for", "logged in as", "su: ", "interactive"),
        examples=(
            "sshd[7]: Accepted publickey for «jdoe» from 192.0.2.1",
            "Failed password for invalid user «jane» from",
            "session opened for user «jdoe» by",
            "logged in as «jane.doe».",
        ),
        near_misses=("password for the account", "session opened for user root", "logged in as usual"),
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
        needs=("home/", "users", "settings"),
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
        needs=("@",),
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
        score=0.0,
        check=checks_network.account,
        check_name="domain",
        context=words(r"user", r"login", r"logon", r"account", r"domain", r"subject", r"sid", r"run as", r"owner"),
        context_score=0.75,
        needs=("\\",),
        examples=(r"Account: CORP\«jdoe»", r"logon by ACME-01\«j.doe» failed"),
        near_misses=(r"regex \w\d", r"user C:\temp", r"A\b account"),
    ),
)
