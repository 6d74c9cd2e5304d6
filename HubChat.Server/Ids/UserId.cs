using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>A person with an account.</summary>
[JsonConverter(typeof(TypedIdJsonConverter<UserId>))]
internal readonly record struct UserId(Guid Value) : ITypedId<UserId>
{
    public static UserId From(Guid value) => new(value);

    /// <summary>An order to page through people by; the database compares ids in the same way.</summary>
    public static bool operator >(UserId left, UserId right) => left.Value > right.Value;

    public static bool operator <(UserId left, UserId right) => left.Value < right.Value;

    public override string ToString() => Value.ToString();
}
