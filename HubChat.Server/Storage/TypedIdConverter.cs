using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HubChat.Server.Storage;

internal sealed class TypedIdConverter<TId>() : ValueConverter<TId, Guid>(id => id.Value, value => From(value))
    where TId : struct, ITypedId<TId>
{
    // An expression tree cannot call a static abstract member itself.
    private static TId From(Guid value) => TId.From(value);
}
