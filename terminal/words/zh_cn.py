"""Simplified Chinese (简体中文)."""

# fmt: off
WORDS: dict[str, str] = {
    # --- web page
    "web.lost": "连接已断开，请稍候",
    # --- quote: the lines that explain what is owed
    "quote.free": "停车不超过 {minutes} 分钟，免费",
    "quote.hours": "计费小时：{hours} × {price}",
    "quote.days_capped": "按每日封顶计费：{days} 天 × {price}",
    # --- refused: why a scanned code is not taken
    "refused.not_a_ticket": "这不是停车票",
    "refused.bad_ticket": "无法识别此停车票，请重新扫描",
    "refused.wrong_tag": "此停车票不是本停车场签发的",
    "refused.in_future": "停车票的入场时间晚于当前时间，请联系工作人员",
    "refused.already_paid": "此停车票已于 {when} 缴费",
    "refused.unknown_tariff": "本机没有此停车票的收费标准，请联系工作人员",
    "refused.sale_open": "请先完成或取消当前缴费",
}
