using System.Collections.Frozen;

namespace HubChat.Server.Text;

/// <summary>
/// Letters that are one to a search, as SQLite's tokenizer takes them (unicode61 with remove_diacritics): Latin ones with marks, and other forms of
/// the same letter. The framework cannot tell: it runs without the tables that normalization needs.
/// </summary>
internal static class LetterFamilies
{
    private static readonly string[] Families =
    [
        "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ\u212B",
        "bḃḅḇ",
        "cçćĉċčḉ",
        "dďḋḍḏḑḓ",
        "eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
        "fḟ",
        "gĝğġģǧǵḡ",
        "hĥȟḣḥḧḩḫẖ",
        "iìíîïĩīĭįİǐȉȋḭḯỉị",
        "jĵǰ",
        "kķǩḱḳḵ\u212A",
        "lĺļľḷḹḻḽ",
        "mḿṁṃ",
        "nñńņňǹṅṇṉṋ",
        "oòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
        "pṕṗ",
        "rŕŗřȑȓṙṛṝṟ",
        "sśŝşšșṡṣṥṧṩſẛ",
        "tţťțṫṭṯṱẗ",
        "uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
        "vṽṿ",
        "wŵẁẃẅẇẉẘ",
        "xẋẍ",
        "yýÿŷȳẏẙỳỵỷỹ",
        "zźżžẑẓẕ",
        "βϐ",
        "εϵ",
        "θϑ",
        "κϰ",
        "μ\u00B5",
        "πϖ",
        "ρϱ",
        "σς",
        "φϕ",
    ];

    private static readonly FrozenDictionary<char, char> Heads =
        Families.SelectMany(family => family.Skip(1).Select(letter => (letter, family[0]))).ToFrozenDictionary(pair => pair.letter, pair => pair.Item2);

    /// <summary>All letters that stand for another one, in lower case where they have one.</summary>
    public static IEnumerable<char> Members => Heads.Keys;

    /// <summary>What a letter in lower case is compared by.</summary>
    public static char HeadOf(char letter) => Heads.GetValueOrDefault(letter, letter);
}
