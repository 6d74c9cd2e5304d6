using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HubChat.Server.Storage;

/// <summary>Instants are stored as UTC: SQLite cannot order offsets, PostgreSQL does not keep them.</summary>
internal sealed class UtcConverter() : ValueConverter<DateTimeOffset, DateTime>(
    instant => instant.UtcDateTime, stored => new DateTimeOffset(DateTime.SpecifyKind(stored, DateTimeKind.Utc)));
