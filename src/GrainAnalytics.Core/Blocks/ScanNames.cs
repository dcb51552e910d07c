using System.Runtime.InteropServices;
using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Filters;

namespace GrainAnalytics.Core.Blocks;

/// <summary>Numbers that a question gives to types, paths and contexts, the same ones in all blocks.</summary>
/// <param name="mostCharacters">Most characters of paths and values that are known one by one: some 300 MB with what is around them.</param>
public sealed class ScanNames(long mostCharacters = 100_000_000)
{
    private readonly Dictionary<string, int> _types = new(StringComparer.Ordinal), _paths = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly Dictionary<long, int> _contexts = [];
    private readonly List<string> _typeNames = [], _pathNames = [""];
    private readonly List<bool> _counted = [];
    private readonly List<long> _contextIds = [0];
    private readonly Dictionary<long, string?[]> _texts = [];
    private readonly List<MemberNames> _members = [];
    private char[] _chars = new char[256];
    private long _characters;

    /// <summary>True when there are too many different texts to go on.</summary>
    public bool IsTooMuch => _characters + _members.Sum(member => member.Characters) > mostCharacters;

    /// <summary>Paths so far; 0 is none.</summary>
    public int Paths => _pathNames.Count;

    /// <summary>Contexts so far; 0 is none.</summary>
    public int Contexts => _contextIds.Count;

    /// <summary>Types so far.</summary>
    public int Types => _typeNames.Count;

    /// <summary>Number of a type.</summary>
    public int TypeOf(string type)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_types, type, out var isKnown);
        if (isKnown) return number;
        _typeNames.Add(type);
        _counted.Add(!EventTypes.IsUncounted(Encoding.UTF8.GetBytes(type)));
        return number = _typeNames.Count - 1;
    }

    /// <summary>A type by its number.</summary>
    public string Type(int number) => _typeNames[number];

    /// <summary>False for types that are no activity.</summary>
    public bool IsCounted(int type) => _counted[type];

    /// <summary>A path by its number.</summary>
    public string Path(int number) => _pathNames[number];

    /// <summary>Says what a context is, before blocks are read.</summary>
    /// <param name="contextId">The context.</param>
    /// <param name="texts">By <see cref="FilterColumn"/>; those that nobody asks for may be missing.</param>
    public void Describe(long contextId, string?[] texts) => _texts[contextId] = texts;

    /// <summary>What is known of a context; null: nothing.</summary>
    /// <param name="number">Of the context.</param>
    /// <param name="column">Which of its texts.</param>
    public string? Text(int number, FilterColumn column) => number > 0 && _texts.TryGetValue(_contextIds[number], out var texts) ? texts[(int)column] : null;

    /// <summary>Members of the payload that are asked for, in the order of their numbers.</summary>
    public IReadOnlyList<string> Members => [.. _members.Select(member => member.Name)];

    /// <summary>Number of a member, which is read from now on: before blocks are.</summary>
    public int MemberOf(string name)
    {
        var number = _members.FindIndex(member => member.Name == name);
        if (number >= 0) return number;
        _members.Add(new MemberNames(name));
        return _members.Count - 1;
    }

    /// <summary>A member's value by its number; null for 0: it has none.</summary>
    public string? Value(int member, int number) => _members[member].Values[number];

    /// <summary>Values of a member so far, with none.</summary>
    public int Values(int member) => _members[member].Values.Count;

    internal Func<ReadOnlySpan<byte>, int> ValuesOf(int member) => _members[member].Number;

    internal int TypeOf(ReadOnlySpan<byte> type) => _types.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Chars(type), out var number) ? number : TypeOf(Encoding.UTF8.GetString(type));

    internal int PathOf(ReadOnlySpan<byte> path)
    {
        if (_paths.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Chars(path), out var number)) return number;
        var text = Encoding.UTF8.GetString(path);
        _characters += text.Length;
        _paths.Add(text, _pathNames.Count);
        _pathNames.Add(text);
        return _pathNames.Count - 1;
    }

    internal int ContextOf(long contextId)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_contexts, contextId, out var isKnown);
        if (isKnown) return number;
        _contextIds.Add(contextId);
        return number = _contextIds.Count - 1;
    }

    private ReadOnlySpan<char> Chars(ReadOnlySpan<byte> utf8)
    {
        if (_chars.Length < utf8.Length) _chars = new char[utf8.Length];
        return _chars.AsSpan(0, Encoding.UTF8.GetChars(utf8, _chars));
    }

    private sealed class MemberNames
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
        private char[] _chars = new char[256];

        public MemberNames(string name)
        {
            (Name, _lookup) = (name, _numbers.GetAlternateLookup<ReadOnlySpan<char>>());
            Number = NumberOf;
        }

        public string Name { get; }

        public List<string?> Values { get; } = [null];

        public long Characters { get; private set; }

        public Func<ReadOnlySpan<byte>, int> Number { get; }

        private int NumberOf(ReadOnlySpan<byte> utf8)
        {
            if (_chars.Length < utf8.Length) _chars = new char[utf8.Length];
            var text = _chars.AsSpan(0, Encoding.UTF8.GetChars(utf8, _chars));
            if (_lookup.TryGetValue(text, out var number)) return number;
            Values.Add(text.ToString());
            Characters += text.Length;
            _numbers.Add(Values[^1]!, Values.Count - 1);
            return Values.Count - 1;
        }
    }
}
