using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

/// <summary>The delta log against a model: a text, an epoch, an end. Any order of writing, losing and reading.</summary>
public abstract class DeltaLogProperties
{
    /// <summary>How many random histories are played.</summary>
    private protected abstract int Runs { get; }

    private protected abstract IDeltaLog Log { get; }

    /// <summary>Loses everything: all nodes and what they share.</summary>
    private protected abstract void Lose();

    private static Arbitrary<int[]> Steps => Gen.Choose(0, 9_999).ListOf().Select(steps => steps.ToArray()).ToArbitrary();

    [Fact]
    public void Every_reader_has_a_prefix_of_the_model_or_is_told_to_begin_anew() =>
        Prop.ForAll(Steps, steps => new Run(() => Log, Lose).Play(steps)).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs).WithEndSize(120));

    private sealed class Run(Func<IDeltaLog> log, Action lose)
    {
        private readonly ReplyOrigin _reply = new(
            TypedId.New<ChatId>(TimeProvider.System), TypedId.New<GenerationId>(TimeProvider.System), TypedId.New<MessageId>(TimeProvider.System));
        private readonly StringBuilder _text = new();
        private readonly Reader[] _readers = [new(), new(), new()];
        private long _epoch;
        private bool _sealed;
        private bool _exists;

        public bool Play(int[] steps)
        {
            foreach (var step in steps)
            {
                Step(step);
            }

            return _readers.All(reader => ReadAndCompare(reader));
        }

        private void Step(int step)
        {
            var argument = step / 10;
            switch (step % 10)
            {
                case 0:
                    // Whoever begins anew after a loss is a new attempt: an epoch never comes twice.
                    Write(async epoch => await log().OpenAsync(_reply, epoch, $"again{argument}", default), _epoch + 1 - (_exists ? argument % 3 : 0), open: true, $"again{argument}");
                    break;
                case 1 when argument % 9 == 0:
                    Write(async epoch => await log().SealAsync(_reply.GenerationId, epoch, DeltaEnd.Of("done", _text.ToString()), default), _epoch - (argument % 2), seal: true);
                    break;
                case 2 when argument % 20 == 0:
                    lose();
                    (_exists, _sealed) = (false, false);
                    break;
                case 2 when argument % 20 == 1:
                    Erase(argument % 3);
                    break;
                case 3 or 4 or 5:
                    Assert.True(ReadAndCompare(_readers[argument % _readers.Length]));
                    break;
                default:
                    Write(async epoch => await log().AppendAsync(_reply.GenerationId, epoch, $"w{argument} ", default), _epoch - (argument % 7 == 0 ? 1 : 0), text: $"w{argument} ");
                    break;
            }
        }

        /// <summary>Writes with an epoch that may be an old one; the log must accept exactly what the model allows.</summary>
        private void Write(Func<long, Task> write, long epoch, bool open = false, string text = "", bool seal = false)
        {
            var allowed = open ? epoch >= 1 && (!_exists || epoch > _epoch) : _exists && !_sealed && epoch == _epoch;
            Assert.Equal(allowed, Succeeds(() => write(epoch)));
            if (!allowed)
            {
                return;
            }

            if (open)
            {
                _text.Clear();
                (_epoch, _exists, _sealed) = (epoch, true, false);
            }

            _text.Append(text);
            _sealed |= seal;
        }

        private static bool Succeeds(Func<Task> write)
        {
            try
            {
                write().GetAwaiter().GetResult();
                return true;
            }
            catch (StaleEpochException)
            {
                return false;
            }
        }

        /// <summary>Erasing always succeeds, and with an epoch of its own even where the one it names has passed.</summary>
        private void Erase(int ahead)
        {
            var named = _exists ? _epoch - 1 + ahead : _epoch + 1 + ahead;
            var epoch = Math.Max(named, _epoch + 1);
            var told = log().EraseAsync(_reply, named, DeltaEnd.Of("done", ""), default).AsTask().Result;
            Assert.Equal(_exists && !_sealed ? 2 : 0, told.Count);
            Assert.All(told, delta => Assert.Equal(epoch, delta.Epoch));
            _text.Clear();
            (_epoch, _exists, _sealed) = (epoch, true, true);
        }

        private bool ReadAndCompare(Reader reader)
        {
            var read = log().ReadAsync(_reply.GenerationId, reader.Position, default).AsTask().Result;
            if (read is null)
            {
                return !_exists;
            }

            foreach (var delta in read.Deltas)
            {
                reader.Take(delta);
            }

            return reader.Text.ToString() == _text.ToString() && reader.Position == new StreamPosition(_epoch, _text.Length)
                && read.IsSealed == _sealed && reader.Done == _sealed;
        }
    }

    private sealed class Reader
    {
        public StringBuilder Text { get; } = new();

        public StreamPosition Position { get; private set; }

        public bool Done { get; private set; }

        public void Take(Delta delta)
        {
            switch (delta)
            {
                case DeltaReset reset:
                    Text.Clear().Append(reset.Text);
                    Done = false;
                    break;
                case DeltaText text:
                    // A gap or an overlap would be a wrong text.
                    Assert.Equal(Text.Length, text.Offset);
                    Assert.Equal(Position.Epoch, text.Epoch);
                    Text.Append(text.Text);
                    break;
                case DeltaDone done:
                    Assert.Equal(DeltaEnd.Of("done", Text.ToString()), done.End);
                    Done = true;
                    break;
            }

            Position = new StreamPosition(delta.Epoch, Text.Length);
        }
    }
}
