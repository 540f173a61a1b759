"""Words that the generator of training texts puts together; all made up or common knowledge, none about anybody."""

from typing import Final

GIVEN: Final = {
    "arabic": "Ahmed Mohammed Khalid Omar Youssef Hassan Hussein Tariq Samir Karim Bilal Faisal Nabil Rashid Ziad Walid Salim Amina "
    "Fatima Layla Noor Yasmin Huda Rania Salma Zainab Mariam Dalia Hanan Lubna Rasha Samira Ibrahim Ismail Mustafa Abdullah Anwar",
    "chinese": "Wei Fang Na Min Jing Li Qiang Lei Jun Yang Yong Yan Jie Juan Tao Ming Chao Xiuying Xia Ping Gang Guiying Xiaoming Meiling "
    "Zhiyuan Haoran Yuxuan Zihan Ruoxi Xinyi Jiahui Wenjie Guoqiang Lihua Shufen Yulan Bo Hui Xuemei Dongmei Zhen Ting",
    "indian": "Aarav Arjun Rohan Vikram Sanjay Rajesh Suresh Ramesh Anil Sunil Deepak Amit Rahul Karthik Prakash Harish Naveen Priya Anjali "
    "Kavita Sunita Pooja Neha Divya Lakshmi Meena Radha Shreya Ananya Ishita Swati Nandini Harpreet Gurpreet Manpreet Imran Farhan Ayesha",
    "japanese": "Haruto Yuto Sota Hiroshi Takashi Kenji Akira Satoshi Kazuo Daiki Makoto Naoki Shinji Yuki Sakura Hana Yui Aoi Keiko Yoko "
    "Naomi Emi Akiko Michiko Haruka Misaki Kaori Tomoko Minoru Isamu Kojiro Ryo Shigeru Yoshiko Chiyo Rin",
    "korean": "Minjun Seojun Jihoon Hyunwoo Dongmin Sungmin Jaehyun Youngho Sangwoo Kyungsoo Jiwoo Seoyeon Minseo Hayoon Yuna Eunji Soojin "
    "Hyejin Jiyoung Mina Ji-hoon Min-seo Seo-yeon Hye-jin Young-ho Kwang-su",
    "russian": "Alexander Dmitry Sergei Andrei Alexei Ivan Nikolai Mikhail Vladimir Pavel Yuri Boris Oleg Igor Viktor Anatoly Gennady Olga "
    "Tatiana Natalia Irina Svetlana Yelena Anastasia Yekaterina Ludmila Galina Vera Nadezhda Faina Zoya Daria Ksenia Yulia",
    "persian": "Reza Ali Hossein Mehdi Amir Saeed Hamid Majid Behrouz Dariush Kourosh Farhad Shirin Maryam Zahra Narges Leila Parisa Nasrin "
    "Mina Azadeh Golnaz Roya Soraya Niloufar",
    "vietnamese": "Anh Minh Tuan Hung Dung Long Quang Hieu Nam Thanh Linh Huong Lan Mai Thao Trang Ngoc Phuong Hoa Thuy Duc Khanh Bao",
    "african": "Chidi Emeka Chinedu Ngozi Adaeze Ifeoma Oluwaseun Adebayo Folake Kwame Kofi Kwabena Akosua Abena Ama Thabo Sipho Nomvula "
    "Zanele Lerato Tendai Farai Chipo Juma Baraka Neema Wanjiku Kamau Otieno Achieng Amara Fatoumata Moussa Ousmane Aissatou Tesfaye Hiwot",
    "greek": "Giorgos Dimitris Nikos Kostas Yannis Panagiotis Stavros Vasilis Maria Eleni Katerina Sofia Ioanna Despina Dimitra Christos",
    "turkish": "Mehmet Mustafa Ahmet Emre Burak Murat Serkan Ayşe Fatma Zeynep Elif Merve Selin Deniz Cem Ozan Gül Hatice Yusuf",
    "hebrew": "Moshe Yosef David Avi Noam Eitan Yael Tamar Shira Rivka Noa Michal Ori Amit Gal Lior",
}  # fmt: skip
FAMILY: Final = {
    "arabic": "Al-Sayed Hassan Hussein Mahmoud Khalil Nasser Mansour Haddad Khoury Saleh Abbas Darwish Farouk Qasim Rahman Aziz Al-Rashid "
    "El-Amin Ben-Ali Najjar Shaheen Zaman Bakri Hamdan Awad Suleiman Al-Masri Bin-Laith Yassin Fakhoury Sabbagh Tawfiq",
    "chinese": "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Tang Han Cao Deng Feng "
    "Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Wei Su Lu Ding Ren Shen Yao Chan Wong Cheung Lam Leung Ng Kwok Tsai Hsu",
    "indian": "Sharma Verma Gupta Singh Kumar Patel Shah Mehta Reddy Rao Nair Menon Iyer Iyengar Mukherjee Banerjee Chatterjee Das Bose "
    "Ghosh Joshi Kulkarni Deshpande Patil Pillai Chaudhary Yadav Mishra Tiwari Pandey Agarwal Kapoor Malhotra Khanna Bhatia Gill Sandhu Khan",
    "japanese": "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi Matsumoto Inoue "
    "Kimura Hayashi Shimizu Saito Mori Abe Ikeda Hashimoto Ishikawa Ogawa Okada Hasegawa Fujita Goto Kojima Murakami Endo Aoki Nishimura",
    "korean": "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Jeon Moon Baek",
    "russian": "Ivanov Petrov Sidorov Smirnov Kuznetsov Popov Sokolov Lebedev Kozlov Novikov Morozov Volkov Ivanova Petrova Smirnova "
    "Kuznetsova Popova Sokolova Lebedeva Morozova Volkova Fedorov Yefremov Yefremova Orlov Makarov Zaitsev Belov Tarasova Kovalenko Shevchenko "
    "Bondarenko Tkachenko Melnyk Kravchuk",
    "persian": "Ahmadi Hosseini Mohammadi Rezaei Karimi Moradi Jafari Rahimi Ghorbani Kazemi Tehrani Shirazi Farahani Esfahani Najafi Sadeghi",
    "vietnamese": "Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Truong Dinh",
    "african": "Okafor Okonkwo Eze Nwosu Adeyemi Ogunleye Afolabi Balogun Mensah Owusu Boateng Asante Osei Dlamini Nkosi Khumalo Mokoena "
    "Ndlovu Moyo Chikwanha Mwangi Njoroge Odhiambo Ochieng Mutua Diallo Traoré Keïta Ndiaye Cissé Bekele Tadesse Haile Abebe",
    "greek": "Papadopoulos Papadopoulou Georgiou Dimitriou Nikolaidis Pappas Vasileiou Angelopoulos Karagiannis Makris Oikonomou Konstantinou",
    "turkish": "Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Arslan Doğan Kılıç Koç Kurt Özdemir Erdoğan Polat",
    "hebrew": "Cohen Levi Mizrahi Peretz Biton Friedman Katz Azoulay Shapiro Goldstein Ben-David Bar-Lev Rosenberg",
}  # fmt: skip
MIXED: Final = "en_US en_GB en_CA en_AU en_NZ en_IE en_IN en_NG en_KE en_PK en_PH de_DE de_AT de_CH fr_FR fr_BE es_ES es_MX es_AR es_CO it_IT pt_PT pt_BR nl_NL nl_BE sv_SE no_NO da_DK fi_FI is_IS pl_PL cs_CZ sk_SK hu_HU ro_RO hr_HR sl_SI bs_BA et_EE lv_LV lt_LT tr_TR az_AZ sq_AL id_ID fil_PH zu_ZA yo_NG ig_NG ha_NG tw_GH ga_IE mt_MT lb_LU".split()
"""Locales whose names are written in Latin letters."""

NRP: Final = (
    "American British English Scottish Welsh Irish German Austrian Swiss French Belgian Dutch Spanish Portuguese Italian Greek Turkish Polish "
    "Czech Slovak Hungarian Romanian Bulgarian Serbian Croatian Slovenian Bosnian Albanian Ukrainian Russian Belarusian Lithuanian Latvian "
    "Estonian Finnish Swedish Norwegian Danish Icelandic Canadian Mexican Brazilian Argentine Chilean Peruvian Colombian Venezuelan Cuban "
    "Jamaican Haitian Australian Chinese Japanese Korean Vietnamese Thai Indonesian Malaysian Filipino Indian Pakistani Bangladeshi Nepali "
    "Iranian Iraqi Syrian Lebanese Israeli Palestinian Jordanian Egyptian Moroccan Algerian Tunisian Libyan Nigerian Ghanaian Kenyan Ethiopian "
    "Somali Sudanese South-African Zimbabwean Ugandan Afghan Armenian Georgian Kazakh Mongolian Basque Catalan Kurdish Tibetan Maori Inuit "
    "Cherokee Navajo Sioux Celtic Slavic Bavarian Prussian Ottoman Byzantine Asian African European Latino Hispanic Caucasian "
    "Americans Germans Italians Russians Canadians Australians Koreans Brazilians Indians Mexicans Nigerians Serbs Kurds Swedes Danes Finns "
    "Christian Catholic Protestant Lutheran Methodist Baptist Anglican Orthodox Evangelical Muslim Sunni Shia Jewish Hindu Sikh Buddhist Mormon "
    "Quaker Jesuit Christians Catholics Muslims Jews Hindus Sikhs Buddhists Protestants Mormons Republican Democrat Republicans Democrats "
    "Tory Labour-leaning Communist Socialist Conservatives Liberals Marxist Democratic"
).split()
COUNTRY_FORMS: Final = (
    "USA U.S. U.S.A. UK U.K. America England Scotland Wales Britain Holland Russia Korea Vietnam Iran Syria UAE Congo Tanzania Bolivia "
    "Venezuela Taiwan Macedonia Burma Czechoslovakia Yugoslavia Prussia Persia"
).split()
STATES: Final = (
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois Indiana Iowa Kansas "
    "Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon "
    "Pennsylvania Tennessee Texas Utah Vermont Virginia Washington Wisconsin Wyoming Bavaria Saxony Hesse Brandenburg Ontario Quebec Alberta "
    "Manitoba Queensland Victoria Tasmania Gujarat Punjab Kerala Karnataka Maharashtra Bihar Catalonia Andalusia Galicia Tuscany Lombardy "
    "Sicily Piedmont Normandy Brittany Provence Burgundy Cornwall Kent Essex Devon Yorkshire Lancashire Surrey Norfolk Jalisco Chihuahua "
    "Bahia Paraná Hokkaido Guangdong Sichuan Yunnan Hunan Transylvania Silesia Moravia Flanders Wallonia Zeeland Lapland Crimea Kashmir"
).split()
STATES_OF_WORDS: Final = (
    "New York,New Jersey,New Mexico,New Hampshire,North Carolina,South Carolina,North Dakota,South Dakota,West Virginia,Rhode Island,"
    "British Columbia,Nova Scotia,New South Wales,South Australia,Western Australia,Tamil Nadu,West Bengal,Uttar Pradesh,North Rhine-Westphalia,"
    "Lower Saxony,Baden-Württemberg,Castilla y León,São Paulo,Rio Grande do Sul,Minas Gerais,Nuevo León,County Cork,County Durham"
).split(",")
STATE_CODES: Final = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY".split()
REGIONS: Final = (
    "Europe,Asia,Africa,South America,North America,Latin America,the Middle East,the Balkans,Scandinavia,Southeast Asia,Central Europe,"
    "Eastern Europe,Western Europe,the Caribbean,the Midwest,New England,the Bay Area,Silicon Valley,the Baltic,East Africa,West Africa,"
    "the Pacific Northwest,the Highlands,the West Midlands,Patagonia,Siberia,Central Asia,the Gulf Coast,the Ruhr,the Alps,Antarctica"
).split(",")
NATURAL: Final = (
    "Lake {n}|{n} Lake|the {n} River|River {n}|Mount {n}|{n} Mountain|the {n} Valley|{n} Creek|Cape {n}|{n} Bay|the {n} Sea|the {n} Desert|"
    "{n} Island|the {n} Islands|{n} Beach|{n} Forest|the {n} Hills|{n} Falls|Gulf of {n}|{n} Peninsula|{n} Pass|{n} Glacier"
).split("|")
REAL_NATURAL: Final = (
    "Rhine,Danube,Thames,Nile,Amazon,Mississippi,Volga,Ganges,Mekong,Yangtze,Pacific,Atlantic,Indian Ocean,Mediterranean,Black Sea,"
    "North Sea,Baltic Sea,Himalayas,Andes,Rocky Mountains,Sahara,Lake Victoria,Lake Geneva,Mount Everest,Mont Blanc,Loch Ness,Hudson,Seine,Elbe,Oder"
).split(",")
FACILITY: Final = (
    "{n} Airport|{n} International Airport|{n} Stadium|{n} Arena|{n} Bridge|{n} Park|{n} Tower|{n} Hall|{n} House|{n} Station|Fort {n}|"
    "Camp {n}|{n} Castle|{n} Cathedral|St. {g}'s Church|{n} Street Station|{n} Dam|Port {n}|{n} Building|{n} Library|{n} Plaza|{n} Mall|"
    "{n} Square|Terminal {d}|{n} Courthouse|{n} Army Base|{n} Air Force Base|Hotel {n}|the {n} Hotel|{n} Cemetery|{n} Abbey|{n} Canal|"
    "Highway {d}|Interstate {d}|Route {d}|{n} Speedway|{n} Raceway|{n} Park Zoo|{n} Memorial Park|Gate {d} at {n} Field"
).split("|")
COMPANY: Final = (
    "{n} Inc|{n} Inc.|{n} Corp|{n} Corporation|{n} Ltd|{n} Ltd.|{n} Limited|{n} LLC|{n} GmbH|{n} AG|{n} S.A.|{n} S.p.A.|{n} B.V.|{n} AB|{n} plc|"
    "{n} Group|{n} Holdings|{n} Partners|{n} & Co.|{n} & Sons|{n} Brothers|{n} and Sons|{n} & {m}|{n}, {m} and {o}|{n}-{m}|{n} Industries|"
    "{n} Technologies|{n} Systems|{n} Software|{n} Labs|{n} Solutions|{n} Consulting|{n} Logistics|{n} Foods|{n} Motors|{n} Energy|{n} Oil|"
    "{n} Airlines|{n} Airways|{n} Railways|{n} Pharmaceuticals|{n} Electric|{n} Steel|{n} Insurance|{n} Capital|{n} Ventures|{n} Properties|"
    "{n} Construction|{n} Engineering|{n} Telecom|{n} Mobile|{n} Media|{n} Records|{n} Pictures|{n} Studios|{n} Games|{n} Press|{n} Books|"
    "{n} Plumbing|{n} Dental|{n} Auto Repair|{n} Bakery|{n} Pharmacy|{n} Supermarkets|{n}|{n}|{i}|{i}|{i}|{a}|{i} {w}|{i}{w}|General {w}|"
    "National {w}|United {w}|American {w}|{c} {w}|Pacific {w}|Royal {c} {w}|First {w} of {c}|{n} Law|{n}, {m} & {o} LLP"
).split("|")
COMPANY_WORDS: Final = (
    "Electric Motors Steel Foods Airlines Insurance Chemicals Textiles Gas Mining Shipping Logistics Partners Analytics Robotics Networks "
    "Systems Dynamics Materials Instruments Brands Services Health Biotech Semiconductors Cloud Data Media Bank Trust Mutual Utilities Water"
).split()
BANK: Final = "Bank of {c}|{n} Bank|{c} Savings Bank|First National Bank of {c}|{n} Credit Union|Banco {n}|{c} Building Society|{n} Trust|{n} & Co. Bank|Sparkasse {c}|Crédit {n}|{i} Bank|{a}".split(
    "|"
)
HOSPITAL: Final = "{c} General Hospital|St. {g}'s Hospital|{n} Memorial Hospital|{c} Medical Center|{c} University Hospital|Mercy Hospital|{n} Clinic|Royal {c} Infirmary|{c} Children's Hospital|{n} Family Practice|{c} Health Centre|Sacred Heart Hospital|Good Samaritan Medical Center|{c} Community Hospital|{n} Institute of Oncology".split(
    "|"
)
UNIVERSITY: Final = "University of {c}|{c} University|{n} University|{c} State University|University of {s}|{n} College|Technical University of {c}|{c} Institute of Technology|{c} College of Art|{n} School of Business|Universidad de {c}|Université de {c}|{s} State|University of {s}, {c}|{c} Polytechnic".split(
    "|"
)
SCHOOL: Final = "{n} High School|{c} High School|St. {g}'s School|{c} Grammar School|{n} Elementary|{n} Academy|{n} Primary School|{c} Middle School|{n} Preparatory School|Lycée {n}".split(
    "|"
)
AGENCY: Final = (
    "Ministry of {t}|Department of {t}|{c} City Council|{c} Police Department|{c} Police|{t} Commission|Federal Bureau of {t}|National {t} Agency|"
    "{c} County Court|Supreme Court|House of Commons|Senate|Congress|Parliament|European Commission|European Parliament|United Nations|UN|EU|"
    "NATO|FBI|CIA|IRS|NASA|WHO|IMF|World Bank|Home Office|State Department|{s} Department of {t}|Office of {t}|{c} Fire Department|"
    "{c} Housing Authority|Royal Navy|U.S. Army|Air Force|Royal Air Force|{r} Army|{r} Navy|Coast Guard|{d}th Infantry Regiment|{d}th Battalion|"
    "{n}'s Brigade|House of Representatives|Federal Reserve|Bundestag|Knesset|Court of Appeal|{c} Borough Council|National Guard|{a}"
).split("|")
TOPICS: Final = "Health,Education,Defence,Defense,Finance,Justice,Transport,Transportation,Agriculture,Labour,Labor,Energy,Foreign Affairs,Fisheries,Housing,Trade,Environmental Protection,Veterans Affairs,Motor Vehicles,Investigation,Public Works,Culture,Tourism,Science,Immigration,Statistics,Human Services,Revenue".split(
    ","
)
PARTY: Final = "{r} Labour Party|Labour Party|Labour|Republican Party|Democratic Party|Conservative Party|Liberal Democrats|Green Party|Social Democratic Party|Christian Democratic Union|People's Party of {y}|{y} National Congress|Communist Party|Communist Party of {y}|Workers' Party|{y} First|Socialist Party|Party of {t}|National Front|Liberal Party of {y}|{a}".split(
    "|"
)
TEAM: Final = (
    "{c} United|{c} FC|FC {c}|{c} City|{c} Rovers|{c} Wanderers|{c} Athletic|Real {c}|Sporting {c}|Dynamo {c}|{c} Town|AC {c}|{c} Tigers|{c} Bears|"
    "{c} Eagles|{c} Hawks|{c} Knights|{c} Lions|{c} Wolves|{c} Giants|{c} Rangers|{c} Sharks|{c} Kings|{c} Stars|the {s} Bulldogs|Lions|Eagles|Giants|"
    "{c} Red Sox|{c} Blue Jays|{n} Racing|Team {n}|{c} Rugby Club|{c} Cricket Club|VfB {c}|SV {c}|{c} Raiders|{c} Storm|{c} Jets"
).split("|")
BAND: Final = "The {w}s|The {g}s|{g} and the {w}s|{w} {w}|The {w} {w}s|{n} Brothers|{i}|{w} of {w}|The {c} Symphony Orchestra|{c} Philharmonic|{n} Quartet|{c} Boys Choir|{w} Machine|Black {w}|{w}head|The {n} Orchestra".split(
    "|"
)
BAND_WORDS: Final = "Velvet Iron Stone Crimson Silver Electric Midnight Broken Silent Wooden Paper Golden Arctic Lunar Thunder Raven Foxe Tiger Mirror Garden Ember Ghost Harbor Neon Static Violet Winter Wolve Arrow Rocket Shadow Copper".split()
MEDIA: Final = "{c} Times|The {c} Times|{c} Post|{c} Herald|Daily {c}|{c} Gazette|{c} Tribune|{c} Chronicle|{c} Evening News|{n} Publishing|{n} Press|Radio {c}|{c} Today|Le {w}|{a}|{a} News|{a} Radio|{n} Entertainment|{w} Magazine|{c} Morning Star|{n} House|{n} Media".split(
    "|"
)
SYLLABLES: Final = "ac ad al an ar ax bel bio bri cal cen cor cy dal den dex dy el em en ev ex fal fin fle for gen gly hal hex hy in ion ix jax kal ken kor lan lex lin lo lum mar max med mer mo nex nor nov om on or ox per phy pol pri qua ra ren rex ri sol syn tal tec tel ter tri tru ul uni va vel ver vi vo xen ya zen zo sint ver vex".split()
STREET_KINDS: Final = "Street St Avenue Ave Road Rd Lane Ln Drive Dr Court Ct Boulevard Blvd Way Place Square Terrace Close Crescent Hill Grove Parkway Circle Row Gardens Mews".split()
FOREIGN_STREETS: Final = (
    "{n}straße|{n}str.|{n}weg|{n}platz|{n}allee|{n}gasse|Am {n}|Rue {n}|rue de {n}|Avenue {n}|Boulevard {n}|Place {n}|Via {n}|Viale {n}|Piazza {n}|"
    "Calle {n}|Calle de {n}|Avenida {n}|Av. {n}|Plaza {n}|Rua {n}|Travessa {n}|Avenida da {n}|{n}straat|{n}laan|{n}gracht|{n}gatan|{n}vägen|{n}gata|"
    "{n}veien|{n}gade|{n}vej|{n}katu|{n}intie|{n}tie|ul. {n}|ulica {n}|al. {n}|{n} utca|{n} út|Strada {n}|Bulevardul {n}|{n} Caddesi|{n} Sokak|"
    "Jalan {n}|{n} Marg|{n} Nagar|{n} Road|Ulitsa {n}|Prospekt {n}|{n} Dori"
).split("|")
STREET_NAMES: Final = "Main Oak Maple Cedar Pine Elm Washington Lake Hill Park High Church Station Mill Victoria King Queen North South West East First Second Third 5th 42nd Sunset River Spring Highland Forest Meadow Chestnut Walnut Broad Market Bridge Castle Green York Albert George Prospect Franklin Lincoln Jackson Cherry Willow Orchard Birch Garden Harbour School Abbey Manor".split()
MONTHS: Final = "January February March April May June July August September October November December".split()
WEEKDAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
