"""What the page of exports says; columns and registers tell themselves (`ewaste.evidence.registers`)."""

from typing import Final

from ewaste.web.language import Texts, Words

__all__ = ["EXPORT_TEXTS"]

EXPORT_TEXTS: Final[Texts] = {
    "exports_title": Words("ดาวน์โหลดทะเบียน", "Download registers"),
    "exports_lead": Words(
        "เลือกทะเบียน ช่วงวันที่ และชนิดไฟล์ ทุกแถวคำนวณจากบัญชีที่แก้ไขย้อนหลังไม่ได้ ดาวน์โหลดซ้ำที่ขนาดบัญชีเดิมจะได้ไฟล์เดิม",
        "Choose a register, a period and a kind of file. Every row is derived from the ledger that can't be changed "
        "afterwards; the same ledger size gives the same file again.",
    ),
    "exports_register": Words("ทะเบียน", "Register"),
    "exports_from": Words("ตั้งแต่วันที่", "From"),
    "exports_until": Words("ถึงวันที่ (รวมวันนี้ด้วย)", "Until (that day included)"),
    "exports_format": Words("ชนิดไฟล์", "Kind of file"),
    "exports_button": Words("ดาวน์โหลด", "Download"),
    "exports_presets": Words("ช่วงที่ใช้บ่อย", "Usual periods"),
    "period_last_month": Words("เดือนที่แล้ว", "Last month"),
    "period_this_year": Words("ปีนี้", "This year"),
    "period_fiscal_year": Words("ปีงบประมาณนี้", "This fiscal year"),
    "format_xlsx": Words("Excel (XLSX)", "Excel (XLSX)"),
    "format_csv": Words("CSV", "CSV"),
    "format_jsonl": Words("JSON Lines สำหรับโปรแกรม", "JSON Lines, for programs"),
    "format_parquet": Words("Parquet สำหรับวิเคราะห์ข้อมูล", "Parquet, for data analysis"),
    "fault_day": Words("วันที่ไม่ถูกต้อง", "That is no day"),
    "fault_year": Words("ปีไม่ถูกต้อง โปรดใช้ปีคริสต์ศักราช เช่น 2026 แทน 2569", "Write years of the common era"),
    "fault_order": Words("วันแรกต้องไม่อยู่หลังวันสุดท้าย", "The first day is after the last"),
    "fault_length": Words("ช่วงเวลายาวเกินสิบปี", "That is more than ten years"),
    "columns_title": Words("ความหมายของแต่ละคอลัมน์", "What each column means"),
    "columns_name": Words("คอลัมน์", "Column"),
    "columns_meaning": Words("ความหมาย", "Meaning"),
    "columns_period": Words("วันที่ที่ใช้เลือกแถว:", "Which day counts:"),
    "unit_g": Words("กรัม", "grams"),
}
