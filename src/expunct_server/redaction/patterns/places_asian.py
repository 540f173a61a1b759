"""Postal addresses of Japan, China, Taiwan and Korea, in their own scripts, from the region down to the number."""

from typing import Final

from expunct_server.redaction.patterns.row import Pattern, expression

_NUMBERS: Final = r"[0-9０-９一二三四五六七八九十]{1,5}"
_PREFECTURE: Final = r"(?:東京都|北海道|京都府|大阪府|[\p{Han}]{2,3}県)"
_KOREAN_REGION: Final = r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청|전라|경상)(?:특별자치시|특별자치도|특별시|광역시|북도|남도|도|시)?"

ROWS: Final = (
    Pattern(
        name="japanese_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?:〒[ ]?\d{3}[-‐－]?\d{4}[ 　\n]{0,2})?",
            _PREFECTURE,
            rf"[\p{{Han}}ぁ-んァ-ヶ]{{1,6}}[市区町村郡][\p{{Han}}ぁ-んァ-ヶー]{{0,14}}{_NUMBERS}(?:(?:丁目|番地?|号|[-－‐−の]){_NUMBERS}){{0,3}}(?:丁目|番地?|号)?",
            r"(?:[ 　]?[\p{Han}ぁ-んァ-ヶーA-Za-z]{2,20}[ 　]?\d{1,4}(?:号室|階|号)?)?",
        ),
        score=0.9,
        countries=("JP",),
        languages=("ja",),
        examples=("住所は«東京都渋谷区神南1-2-3»です", "«〒530-0001 大阪府大阪市北区梅田2丁目4番9号»"),
        near_misses=("東京都渋谷区", "渋谷1-2-3", "大阪府民100"),
    ),
    Pattern(
        name="japanese_postcode",
        entity_type="LOCATION",
        expression=expression(r"〒[ ]?\d{3}[-‐－]?\d{4}(?!\d)"),
        score=0.85,
        check_name="label",
        countries=("JP",),
        languages=("ja",),
        examples=("«〒150-0041» 渋谷", "«〒1500041»"),
        near_misses=("150-0041", "〒12"),
    ),
    Pattern(
        name="chinese_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?:[\p{Han}]{2,7}(?:省|自治区|特别行政区))?[\p{Han}]{1,6}?[市州縣县][\p{Han}]{1,8}?[区區县縣市镇鎮乡鄉][\p{Han}]{1,12}?(?:路|街|道|巷|胡同|弄|村|里|段)",
            rf"(?:{_NUMBERS}[段巷弄])?[\p{{Han}}]{{0,2}}?[ ]?{_NUMBERS}[ ]?(?:号|號)(?:[\p{{Han}}A-Z0-9]{{1,12}}?(?:室|楼|樓|层|層|单元|座|户|栋))?",
        ),
        score=0.9,
        countries=("CN", "TW"),
        languages=("zh",),
        examples=("地址：«北京市朝阳区建国路88号»", "«广东省深圳市南山区科技园路12号3楼»", "«臺北市大安區和平東路7號»"),
        near_misses=("北京市朝阳区", "建国路88号", "第12号"),
    ),
    Pattern(
        name="korean_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{Hangul}])",
            _KOREAN_REGION,
            r"[ ](?:[\p{Hangul}]{1,8}[시군구][ ]){1,2}(?:[\p{Hangul}]{1,8}[읍면동][ ])?[\p{Hangul}\d]{1,12}(?:로|길|동)[ ]?(?:\d{1,4}번길[ ])?\d{1,4}(?:-\d{1,4})?(?:,?[ ]\d{1,4}[동호층](?:[ ]\d{1,5}호)?)?(?!\d)",
        ),
        score=0.9,
        countries=("KR",),
        languages=("ko",),
        examples=("주소: «서울특별시 강남구 테헤란로 152»", "«경기도 성남시 분당구 판교역로 166, 12층»"),
        near_misses=("서울특별시 강남구", "테헤란로 152"),
    ),
)
