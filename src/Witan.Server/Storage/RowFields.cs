using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Witan.Server.Storage;

/// <summary>The fields of a row, one after the other, as JSON; on either engine.</summary>
internal ref struct RowFields(DbDataReader row, Utf8JsonWriter json)
{
    private const int LongestTime = 27;

    private readonly NpgsqlDataReader? _npgsql = row as NpgsqlDataReader; // texts as the UTF-8 that they came as
    private int _next;

    /// <summary>Passes over the next fields if all of them are null.</summary>
    public bool SkipNulls(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!row.IsDBNull(_next + i))
                return false;
        }
        _next += count;
        return true;
    }

    public Guid Id(JsonEncodedText name)
    {
        var id = row.GetGuid(_next++);
        json.WriteString(name, id);
        return id;
    }

    public void Text(JsonEncodedText name)
    {
        if (IsNull(name))
            return;
        if (_npgsql is not null)
            json.WriteString(name, _npgsql.GetFieldValue<byte[]>(_next++));
        else
            json.WriteString(name, row.GetString(_next++));
    }

    /// <summary>A text that is needed besides.</summary>
    public string KnownText(JsonEncodedText name)
    {
        var text = row.GetString(_next++);
        json.WriteString(name, text);
        return text;
    }

    public void Whole(JsonEncodedText name)
    {
        if (!IsNull(name))
            json.WriteNumber(name, row.GetInt64(_next++));
    }

    public void Number(JsonEncodedText name)
    {
        if (!IsNull(name))
            json.WriteNumber(name, row.GetDouble(_next++));
    }

    public void Flag(JsonEncodedText name)
    {
        if (!IsNull(name))
            json.WriteBoolean(name, row.GetBoolean(_next++));
    }

    public DateTimeOffset? Time(JsonEncodedText name)
    {
        if (IsNull(name))
            return null;
        var time = TypeMapping.TimeOf(row, _next++);
        Span<byte> text = stackalloc byte[LongestTime];
        json.WriteString(name, text[..Format(time.UtcDateTime, text)]);
        return time;
    }

    /// <summary>Two numbers as an array; null when the first is.</summary>
    public void Pair(JsonEncodedText name)
    {
        if (row.IsDBNull(_next))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteStartArray(name);
            json.WriteNumberValue(row.GetDouble(_next));
            json.WriteNumberValue(row.GetDouble(_next + 1));
            json.WriteEndArray();
        }
        _next += 2;
    }

    public void Integers(JsonEncodedText name)
    {
        json.WriteStartArray(name);
        foreach (var number in TypeMapping.IntegersOf(row, _next++))
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    public void Texts(JsonEncodedText name)
    {
        if (IsNull(name))
            return;
        json.WriteStartArray(name);
        foreach (var text in TypeMapping.TextsOf(row, _next++))
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    /// <summary>An object that is stored as JSON; empty when there is none.</summary>
    public void Json(JsonEncodedText name)
    {
        json.WritePropertyName(name);
        if (row.IsDBNull(_next))
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
        else
        {
            if (_npgsql is not null)
                json.WriteRawValue(_npgsql.GetFieldValue<byte[]>(_next), skipInputValidation: true);
            else
                json.WriteRawValue(row.GetString(_next), skipInputValidation: true);
        }
        _next++;
    }

    // As WitanTime.Format does, without a text in between.
    internal static int Format(DateTime time, Span<byte> text)
    {
        time.TryFormat(text, out _, "s", CultureInfo.InvariantCulture);
        var (length, fraction) = (19, (int)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        if (fraction > 0)
        {
            text[length++] = (byte)'.';
            for (var unit = 100_000; fraction > 0; unit /= 10)
            {
                text[length++] = (byte)('0' + (fraction / unit));
                fraction %= unit;
            }
        }
        text[length++] = (byte)'Z';
        return length;
    }

    private bool IsNull(JsonEncodedText name)
    {
        if (!row.IsDBNull(_next))
            return false;
        json.WriteNull(name);
        _next++;
        return true;
    }
}
