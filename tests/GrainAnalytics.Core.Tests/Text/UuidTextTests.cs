using System.Text;
using FsCheck;
using FsCheck.Fluent;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;
using Xunit;

namespace GrainAnalytics.Core.Tests.Text;

public sealed class UuidTextTests
{
    [Fact]
    public void Text_and_key_say_the_same_as_Guid() => Prop.ForAll(ArbMap.Default.ArbFor<Guid>(), guid =>
    {
        var text = guid.ToString();
        var written = new byte[UuidText.Length];
        if (!UuidText.TryParse(Encoding.ASCII.GetBytes(text), out var key, out var canonical) || !canonical) return false;
        UuidText.Write(key, written);
        return key.ToGuid() == guid && EventKey.FromGuid(guid) == key && Encoding.ASCII.GetString(written) == text
            && UuidText.TryParse(Encoding.ASCII.GetBytes(text.ToUpperInvariant()), out var upper, out canonical) && upper == key
            && canonical == (text == text.ToUpperInvariant());
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("7f4b0e2a11114222833344445555666")]
    [InlineData("7f4b0e2a111142228333444455556666")]
    [InlineData("{7f4b0e2a-1111-4222-8333-444455556666}")]
    [InlineData("7f4b0e2a-1111-4222-8333-44445555666g")]
    [InlineData("7f4b0e2a-1111-4222-83334-44455556666")]
    [InlineData("7f4b0e2a_1111-4222-8333-444455556666")]
    [InlineData("7f4b0e2a-1111-4222-8333-4444555566６")]
    public void Other_forms_are_no_uuids(string text) => Assert.False(UuidText.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void A_minted_id_is_version_7_and_carries_its_time()
    {
        var at = Instant.FromDateTime(new DateTime(2026, 3, 15, 12, 0, 0, 123, 456, DateTimeKind.Utc));
        var keys = Enumerable.Range(0, 1000).Select(_ => UuidText.NewVersion7(at)).ToList();
        Assert.Equal(1000, keys.Distinct().Count());
        Assert.All(keys, key =>
        {
            Assert.Equal(at / 1000 * 1000, UuidText.TimeOf(key));
            Assert.Equal((7, 8), (key.ToGuid().Version, key.ToGuid().Variant & 0xc));
        });
    }

    [Theory]
    [InlineData("0190b5a0-0000-4000-8000-000000000000")]
    [InlineData("0190b5a0-0000-7000-c000-000000000000")]
    [InlineData("0190b5a0-0000-7000-0000-000000000000")]
    public void Other_versions_and_variants_carry_no_time(string id)
    {
        Assert.True(UuidText.TryParse(Encoding.ASCII.GetBytes(id), out var key, out _));
        Assert.Null(UuidText.TimeOf(key));
    }

    [Fact]
    public void The_order_of_keys_is_the_order_of_their_texts() => Prop.ForAll(ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.ArbFor<Guid>(), (a, b) =>
        Math.Sign(EventKey.FromGuid(a).CompareTo(EventKey.FromGuid(b))) == Math.Sign(string.CompareOrdinal(a.ToString(), b.ToString())))
        .QuickCheckThrowOnFailure();
}
