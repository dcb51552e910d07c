using GrainAnalytics.Core.Filters;

namespace GrainAnalytics.Core.Blocks;

/// <summary>A filter over blocks: what it asks of types, paths, contexts and members' values is found out once for each of these.</summary>
public abstract class EventTest
{
    private const FilterColumn FirstOfContext = FilterColumn.Host;

    /// <summary>What it needs to know of events.</summary>
    public abstract BlockColumns Columns { get; }

    /// <summary>True when an event matches.</summary>
    public abstract bool Holds(EventBlock block, int i);

    /// <summary>Makes the test of a filter; null when it asks for what blocks do not have.</summary>
    public static EventTest? Of(Filter filter, ScanNames names)
    {
        if (KindOf(filter) is not { } kind) return null;
        return kind != Kind.Several ? new ByNumber(filter, kind, names) : filter switch
        {
            AllOf all => new All([.. all.Parts.Select(part => Of(part, names)!)]),
            AnyOf any => new Any([.. any.Parts.Select(part => Of(part, names)!)]),
            _ => null,
        };
    }

    /// <summary>Columns of contexts that a filter asks for.</summary>
    public static IEnumerable<FilterColumn> ContextColumns(Filter filter) => filter switch
    {
        AllOf all => all.Parts.SelectMany(ContextColumns),
        AnyOf any => any.Parts.SelectMany(ContextColumns),
        TextCondition { Field.Column: >= FirstOfContext and < FilterColumn.Payload and var column } => [column],
        _ => [],
    };

    private static Kind? KindOf(Filter filter)
    {
        switch (filter)
        {
            case TextCondition { Field.Column: FilterColumn.Type }: return new(BlockColumns.None);
            case TextCondition { Field.Column: FilterColumn.Page }: return new(BlockColumns.Paths);
            case TextCondition { Field.Column: >= FirstOfContext and < FilterColumn.Payload }: return new(BlockColumns.Contexts);
            case TextCondition { Field: { Column: FilterColumn.Payload, Path: [var name] } }: return new(BlockColumns.None, name);
            case NumberCondition { Field: { Column: FilterColumn.Payload, Path: [var name] } }: return new(BlockColumns.None, name);
            case AllOf or AnyOf:
                var kinds = ((filter as AllOf)?.Parts ?? ((AnyOf)filter).Parts).Select(KindOf).Distinct().ToArray();
                return kinds.Contains(null) ? null : kinds.Length == 1 ? kinds[0] : Kind.Several;
            default: return null;
        }
    }

    // What a condition looks at: a column, or without one types, or a member of the payload.
    private readonly record struct Kind(BlockColumns Column, string? Member = null)
    {
        // A part at a time.
        public static readonly Kind Several = new(BlockColumns.Times);
    }

    private sealed class ByNumber(Filter filter, Kind kind, ScanNames names) : EventTest
    {
        private const byte Yes = 1, No = 2;

        private readonly int _member = kind.Member is { } name ? names.MemberOf(name) : -1;
        private byte[] _known = new byte[64];

        public override BlockColumns Columns => kind.Column;

        public override bool Holds(EventBlock block, int i)
        {
            var number = kind.Column switch
            {
                BlockColumns.None => _member < 0 ? block.Type[i] : block.Member(_member)[i],
                BlockColumns.Paths => block.Path[i],
                _ => block.Context[i],
            };
            if (number >= _known.Length) Array.Resize(ref _known, Math.Max(number + 1, _known.Length * 2));
            if (_known[number] == 0) _known[number] = FilterEvaluator.Matches(filter, new Subject(number, kind.Column, _member, names)) ? Yes : No;
            return _known[number] == Yes;
        }
    }

    private sealed class All(EventTest[] parts) : EventTest
    {
        public override BlockColumns Columns { get; } = parts.Aggregate(BlockColumns.None, (columns, part) => columns | part.Columns);

        public override bool Holds(EventBlock block, int i)
        {
            foreach (var part in parts) if (!part.Holds(block, i)) return false;
            return true;
        }
    }

    private sealed class Any(EventTest[] parts) : EventTest
    {
        public override BlockColumns Columns { get; } = parts.Aggregate(BlockColumns.None, (columns, part) => columns | part.Columns);

        public override bool Holds(EventBlock block, int i)
        {
            foreach (var part in parts) if (part.Holds(block, i)) return true;
            return false;
        }
    }

    private sealed class Subject(int number, BlockColumns kind, int member, ScanNames names) : IFilterSubject
    {
        public string? this[FilterColumn column] => kind switch
        {
            BlockColumns.None => names.Type(number),
            BlockColumns.Paths => names.Path(number),
            _ => names.Text(number, column),
        };

        public string? Member(IReadOnlyList<string> path) => names.Value(member, number);
    }
}
