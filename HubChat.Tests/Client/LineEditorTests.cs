using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class LineEditorTests
{
    private readonly LineEditor _editor = new();

    [Fact]
    public void Enter_gives_the_line_and_empties_it()
    {
        Type("hello");

        Assert.Equal("hello", Press(ConsoleKey.Enter));
        Assert.Equal("", _editor.Text);
    }

    [Fact]
    public void Cursor_moves_over_whole_characters()
    {
        Type("a🙂b");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.Backspace);

        Assert.Equal("ab", _editor.Text);
        Press(ConsoleKey.Home);
        Press(ConsoleKey.Delete);
        Assert.Equal("b", _editor.Text);
    }

    [Fact]
    public void Keys_of_a_shell_cut_the_line()
    {
        Type("one two three");
        Press(ConsoleKey.W, control: true);
        Assert.Equal("one two ", _editor.Text);
        Press(ConsoleKey.A, control: true);
        Press(ConsoleKey.K, control: true);
        Assert.Equal("", _editor.Text);
    }

    [Fact]
    public void Arrows_bring_former_lines_back()
    {
        Type("first");
        Press(ConsoleKey.Enter);
        Type("second");
        Press(ConsoleKey.Enter);

        Press(ConsoleKey.UpArrow);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("first", _editor.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Assert.Equal("", _editor.Text);
    }

    [Fact]
    public void Long_line_shows_what_is_around_the_cursor()
    {
        Type("0123456789");

        Assert.Equal(("6789", 4), _editor.Window(4));
        Press(ConsoleKey.Home);
        Assert.Equal(("0123", 0), _editor.Window(4));
    }

    [Fact]
    public void Wide_characters_take_two_cells()
    {
        Type("日本");

        Assert.Equal(("日本", 4), _editor.Window(10));
        Assert.Equal(("本", 2), _editor.Window(3));
    }

    private void Type(string text)
    {
        foreach (var character in text)
        {
            _editor.Handle(new ConsoleKeyInfo(character, ConsoleKey.None, false, false, false));
        }
    }

    private string? Press(ConsoleKey key, bool control = false) => _editor.Handle(new ConsoleKeyInfo('\0', key, false, false, control));
}
